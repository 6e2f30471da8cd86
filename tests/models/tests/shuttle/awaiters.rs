//! Interleavings of those who wait for one promise: they wake each other, whatever becomes of one of
//! them.

use std::time::Duration;

use async_mech::{Cancellation, EventLoop, Promise, Resolver, invoke, promise};
use models::in_loop;
use shuttle::thread;

fn explore(model: fn(Promise<u32>, Resolver<u32>)) {
    models::explore(6_000, 1_000, move || {
        in_loop(false, None, |_| {
            let (p, resolver) = promise();
            model(p, resolver);
        });
    });
}

/// So many executions that await the promise.
fn awaiters(p: &Promise<u32>, count: usize) -> Vec<Promise<u32>> {
    let awaiter = || {
        let p = p.clone();
        invoke!(|| p.wait())
    };
    (0..count).map(|_| awaiter()).collect()
}

#[test]
fn whoever_is_woken_wakes_others_until_all_are() {
    explore(|p, resolver| {
        let awaiters = awaiters(&p, 4);
        resolver.resolve(42);
        for awaiter in awaiters {
            assert_eq!(awaiter.wait(), 42);
        }
        assert_eq!(p.wait(), 42);
    });
}

#[test]
fn an_awaiter_that_is_cancelled_keeps_nobody_from_being_woken() {
    explore(|p, resolver| {
        let mut awaiters = awaiters(&p, 4);
        let cancelled = awaiters.remove(1);
        let resolves = thread::spawn(move || resolver.resolve(42));
        let _: Cancellation = cancelled.cancel();
        for awaiter in awaiters {
            assert_eq!(awaiter.wait(), 42);
        }
        let _ = cancelled.outcome();
        resolves.join().unwrap();
    });
}

#[test]
fn an_awaiter_with_a_deadline_and_one_that_drops_keep_nobody_from_being_woken() {
    explore(|p, resolver| {
        let awaiters = awaiters(&p, 3);
        let (timed, dropped) = (p.clone(), p.clone());
        let timed = invoke!(|| timed.wait_timeout(Duration::from_millis(1)).is_ok());
        let drops = thread::spawn(move || drop(dropped));
        resolver.resolve(42);
        for awaiter in awaiters {
            assert_eq!(awaiter.wait(), 42);
        }
        timed.wait();
        drops.join().unwrap();
    });
}

#[test]
fn at_a_ceiling_those_who_wait_wake_each_other_and_run_what_is_left() {
    models::explore(6_000, 1_000, || {
        in_loop(true, Some(2), |event_loop: &EventLoop| {
            let (p, resolver) = promise();
            let awaiters = awaiters(&p, 3);
            let resolves = event_loop.invoke(move || resolver.resolve(42));
            for awaiter in awaiters {
                assert_eq!(awaiter.wait(), 42);
            }
            resolves.wait();
        });
    });
}

/// Invariant: who goes on since it looked, and not since it was woken, leaves the list: nobody relies
/// on it to wake others.
#[test]
fn who_goes_on_by_itself_is_not_relied_on() {
    models::explore(6_000, 1_500, || {
        in_loop(false, None, |event_loop| {
            let (p, resolver) = promise();
            let awaiters = [(); 4].map(|()| {
                let p = p.clone();
                thread::spawn(move || p.wait())
            });
            while event_loop.snapshot().awaiters.get(&p.id()).map_or(0, Vec::len) < 4 {
                thread::yield_now();
            }
            let threads = awaiters.each_ref().map(|awaiter| awaiter.thread().clone());
            let wakes = thread::spawn(move || threads.iter().for_each(|thread| thread.unpark()));
            resolver.resolve(42);
            for awaiter in awaiters {
                assert_eq!(awaiter.join().unwrap(), 42);
            }
            assert_eq!(p.wait(), 42);
            wakes.join().unwrap();
        });
    });
}
