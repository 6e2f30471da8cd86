//! The holders of a completed promise: the last one moves its value, others clone it, one at a time.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{EventLoop, promise};
use shuttle::thread;

fn explore(model: fn(&EventLoop)) {
    let model = move |event_loop: &EventLoop| {
        model(event_loop);
        assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    };
    models::explore(8_000, 2_000, move || models::in_loop(true, None, model));
}

/// Counts its clones, which take a while; the first `fails` of them unwind.
struct Counted {
    clones: Arc<AtomicUsize>,
    fails: usize,
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        let before = self.clones.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
        if before < self.fails {
            // No panic, whose message would be printed thousands of times.
            resume_unwind(Box::new(7_u8));
        }
        Counted { clones: Arc::clone(&self.clones), fails: self.fails }
    }
}

fn counted(fails: usize) -> (Arc<AtomicUsize>, Counted) {
    let clones = Arc::new(AtomicUsize::new(0));
    (Arc::clone(&clones), Counted { clones, fails })
}

/// Invariant: a holder that is made while others take counts, so nobody moves the value too early.
#[test]
fn a_promise_is_cloned_while_another_holder_takes_the_value() {
    explore(|_| {
        let (clones, value) = counted(0);
        let (p, resolver) = promise();
        let q = p.clone();
        let takes = thread::spawn(move || drop(p.wait()));
        let copies = thread::spawn(move || {
            let r = q.clone();
            drop(q);
            drop(r.wait());
        });
        resolver.resolve(value);
        takes.join().unwrap();
        copies.join().unwrap();
        assert!(clones.load(Ordering::Relaxed) <= 1, "the last one moves it");
        assert_eq!(Arc::strong_count(&clones), 1, "every value has been dropped");
    });
}

/// Invariant: a value comes back to the others when a clone of it unwinds, and they are woken.
#[test]
fn a_clone_that_unwinds_gives_the_value_to_the_others() {
    explore(|_| {
        let (clones, value) = counted(1);
        let (p, resolver) = promise();
        let takers = [p.clone(), p.clone(), p].map(|p| {
            thread::spawn(move || catch_unwind(AssertUnwindSafe(|| drop(p.wait()))).is_err())
        });
        resolver.resolve(value);
        let failed = takers.map(|taker| taker.join().unwrap());
        assert_eq!(failed.iter().filter(|failed| **failed).count(), 1);
        assert_eq!(Arc::strong_count(&clones), 1, "every value has been dropped");
    });
}

/// Invariant: a value that nobody holds any more when its clone is made is dropped, once.
#[test]
fn the_other_holder_drops_its_promise_while_the_value_is_cloned() {
    explore(|_| {
        let (clones, value) = counted(0);
        let (p, resolver) = promise();
        let q = p.clone();
        resolver.resolve(value);
        let drops = thread::spawn(move || drop(q));
        drop(p.wait());
        drops.join().unwrap();
        assert_eq!(Arc::strong_count(&clones), 1, "every value has been dropped");
    });
}

/// Invariant: who is woken by something else, and takes the value, is not who gives the wake on: it
/// has left the list of those who wait for the value.
#[test]
fn a_taker_that_is_woken_by_something_else_takes_no_wake_from_others() {
    explore(|_| {
        let (clones, value) = counted(0);
        let (p, resolver) = promise();
        let takers =
            [p.clone(), p.clone(), p.clone()].map(|p| thread::spawn(move || drop(p.wait())));
        let threads = takers.each_ref().map(|taker| taker.thread().clone());
        let wakes = thread::spawn(move || threads.iter().for_each(|thread| thread.unpark()));
        resolver.resolve(value);
        drop(p.wait());
        takers.into_iter().for_each(|taker| taker.join().unwrap());
        wakes.join().unwrap();
        assert_eq!(Arc::strong_count(&clones), 1, "every value has been dropped");
    });
}
