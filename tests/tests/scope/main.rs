//! Scopes: invocations that borrow from the stack, joined before it is left.

mod borrowing;
mod dropping;
mod failing;
mod joining;
mod many;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use async_mech::{EventLoop, Failure};
use tests::Watchdog;

/// The failure that `f` unwinds with.
fn failure_of<T>(f: impl FnOnce() -> T) -> Failure {
    let payload = catch_unwind(AssertUnwindSafe(f)).map(|_| ()).expect_err("it fails");
    *payload.downcast().expect("a failure")
}

/// With a loop of its own, whose registry is empty in the end.
fn with_loop<T>(f: impl FnOnce() -> T) -> T {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let result = event_loop.run(f);
    assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    result
}

/// Counts its destruction.
struct Counts<'a>(&'a AtomicUsize);

impl Drop for Counts<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}
