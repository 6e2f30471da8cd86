//! Joins: two calls, of which another thread may take the second.

mod dropping;
mod failing;
mod part_of_its_caller;
mod values;
mod waiting;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::channel;

use async_mech::{EventLoop, join};
use tests::{Watchdog, until_no_promises, with_a_busy_loop};

/// With a loop of its own, whose registry is empty in the end.
fn with_loop<T>(f: impl FnOnce(&EventLoop) -> T) -> T {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let result = event_loop.run(|| f(&event_loop));
    until_no_promises(&event_loop);
    result
}

/// A `join`, of those that are below.
trait Join {
    fn join<RA, RB: Send>(&self, a: impl FnOnce() -> RA, b: impl FnOnce() -> RB + Send)
    -> (RA, RB);
}

/// Where nobody takes the second half.
struct Untaken;

impl Join for Untaken {
    fn join<RA, RB: Send>(
        &self,
        a: impl FnOnce() -> RA,
        b: impl FnOnce() -> RB + Send,
    ) -> (RA, RB) {
        with_a_busy_loop(true, || join(a, b))
    }
}

/// Where another thread has taken the second half before the first begins.
struct Taken;

impl Join for Taken {
    fn join<RA, RB: Send>(
        &self,
        a: impl FnOnce() -> RA,
        b: impl FnOnce() -> RB + Send,
    ) -> (RA, RB) {
        with_loop(|_| taken(a, b))
    }
}

/// Where it is invoked.
struct Unlent;

impl Join for Unlent {
    fn join<RA, RB: Send>(
        &self,
        a: impl FnOnce() -> RA,
        b: impl FnOnce() -> RB + Send,
    ) -> (RA, RB) {
        let event_loop = EventLoop::builder().lend_threads(false).build();
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| taken(a, b))
    }
}

/// Joins on the current loop; `a` begins when `b` has.
fn taken<RA, RB: Send>(a: impl FnOnce() -> RA, b: impl FnOnce() -> RB + Send) -> (RA, RB) {
    let (begun, begins) = channel();
    let a = move || {
        begins.recv().expect("the other half begins");
        a()
    };
    join(a, move || {
        begun.send(()).expect("the first half waits");
        b()
    })
}

/// What `f` panics with.
fn payload_of<T, P: 'static>(f: impl FnOnce() -> T) -> P {
    let payload = catch_unwind(AssertUnwindSafe(f)).map(|_| ()).expect_err("it panics");
    *payload.downcast().expect("the payload is what it was")
}

/// Counts its destruction.
struct Counts<'a>(&'a AtomicUsize);

impl Drop for Counts<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}
