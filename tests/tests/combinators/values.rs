//! The values of the inputs: dropped once, whatever their clones and destructors do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use crate::{Message, failed, many};
use async_mech::{EventLoop, Failure, FailureKind, Promise, Resolver, invoke, promise};
use tests::{Watchdog, completed, until_no_promises};

#[test]
fn as_completed_may_be_left_early() {
    let (promises, resolvers) = many(3);
    let value = Arc::new(());
    let mut resolvers = resolvers.into_iter();
    let mut outcomes = Promise::as_completed(promises);
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    assert!(outcomes.next().is_some());
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    drop(outcomes);
    assert_eq!(Arc::strong_count(&value), 1, "what was not given out has been dropped");
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn each_value_is_dropped_once() {
    let value = Arc::new(());
    let make = || (0..10).map(|_| completed(Arc::clone(&value)));
    drop(Promise::all(make()));
    drop(Promise::all_settled(make()));
    drop(Promise::race(make()).wait());
    drop(Promise::any(make()).wait());
    drop(Promise::all(make().chain([failed("no value")])).outcome());
    drop(Promise::as_completed(make()));
    drop(Promise::as_completed(make()).collect::<Vec<_>>());
    assert_eq!(Arc::strong_count(&value), 1);
}

/// Panics when dropped, as often as there are of them.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("a destructor");
        }
    }
}

#[test]
fn a_destructor_that_panics_harms_nobody() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let bombs = || (0..3).map(|_| invoke!(|| Bomb));
        // Nobody takes the losers' values, nor these promises'.
        std::mem::forget(Promise::race(bombs()).wait());
        std::mem::forget(Promise::any(bombs()).wait());
        drop(Promise::all(bombs()));
        drop(Promise::all_settled(bombs()));
        let all = Promise::all(bombs().chain([failed("after all")]));
        assert!(all.outcome().is_err());
        // The loop still works.
        assert_eq!(Promise::all([invoke!(|| 1), invoke!(|| 2)]).wait(), [1, 2]);
        until_no_promises(&event_loop);
    });
}

/// Its clones panic.
#[derive(Debug)]
struct Unclonable;

impl Clone for Unclonable {
    fn clone(&self) -> Unclonable {
        panic!("not this one")
    }
}

#[test]
fn a_clone_that_panics_fails_what_needs_it() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        // The runtime clones on whatever thread completes the promise: here one of its own.
        let combined = |combine: fn(Vec<Promise<Unclonable>>) -> Promise<Failure>| {
            let (go, goes) = channel::<()>();
            let p = invoke!(move || {
                let _ = goes.recv();
                Unclonable
            });
            let id = p.id();
            let failure = combine(vec![p.clone()]);
            drop(go);
            let failure = failure.wait();
            assert_eq!(failure.message(), "not this one");
            assert_eq!(failure.kind(), FailureKind::Panicked);
            assert_eq!(failure.origin().id(), id);
            p.wait();
        };
        combined(|promises| outcome_of(Promise::all(promises)));
        combined(|promises| outcome_of(Promise::race(promises)));
        combined(|promises| outcome_of(Promise::any(promises)));
        combined(|promises| {
            Promise::all_settled(promises).then(|mut all| all.remove(0).unwrap_err())
        });
        combined(|promises| {
            let mut outcomes = Promise::as_completed(promises);
            invoke!(move || outcomes.next().expect("one").1.unwrap_err())
        });
    });
}

/// The failure of a promise that must fail.
fn outcome_of<T: Send + 'static>(p: Promise<T>) -> Promise<Failure> {
    Promise::all_settled([p]).then(|mut outcomes| match outcomes.remove(0) {
        Ok(_) => panic!("it was to fail"),
        Err(failure) => failure,
    })
}

#[test]
fn a_combined_promise_may_be_dropped() {
    let value = Arc::new(());
    for combine in [
        |promises: Vec<_>| drop(Promise::all(promises)),
        |promises| drop(Promise::all_settled(promises)),
        |promises| drop(Promise::any(promises)),
        |promises| drop(Promise::race(promises)),
        |promises| drop(Promise::as_completed(promises)),
    ] {
        let (promises, resolvers) = many(3);
        combine(promises);
        for resolver in resolvers {
            resolver.resolve(Arc::clone(&value));
        }
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn a_destructor_called_by_a_combinator_may_await_another() {
    static AWAITED: AtomicBool = AtomicBool::new(false);
    /// Resolves an input of a combined promise, and awaits that.
    struct Awaits(Option<(Resolver<u32>, Promise<Vec<u32>>)>);
    impl Drop for Awaits {
        fn drop(&mut self) {
            let (resolver, all) = self.0.take().expect("once");
            resolver.resolve(7);
            AWAITED.store(all.wait() == [7], Ordering::Relaxed);
        }
    }
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (p, resolver) = promise();
        let awaits = Awaits(Some((resolver, Promise::all([p]))));
        let (fails, resolver) = promise();
        let all = Promise::all([completed(awaits), fails]);
        // Drops the value of the other one.
        resolver.fail(Message("after all"));
        assert!(all.outcome().is_err());
        while !AWAITED.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    });
}
