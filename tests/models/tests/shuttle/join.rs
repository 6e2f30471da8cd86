//! Interleavings of a join, with shuttle: its second half is taken while it is withdrawn, while the
//! first one fails, and while the two wait for each other.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_mech::{Failure, FailureKind, Promise, invoke, join, promise};
use shuttle::sync::mpsc::channel;
use shuttle::thread;

use crate::borrows::{Counts, explore};

/// What `f` unwinds with.
fn payload_of<T, P: 'static>(f: impl FnOnce() -> T) -> P {
    let payload = catch_unwind(AssertUnwindSafe(f)).map(|_| ()).expect_err("it unwinds");
    *payload.downcast().expect("the payload is what it was")
}

/// No panic, whose message would be printed thousands of times.
fn fails<T>() -> T {
    resume_unwind(Box::new(7_u8))
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = join(|| fib(n - 1), || fib(n - 2));
    a + b
}

/// Invariant: a second half is run once, and nobody looks at its frame when the join is over.
#[test]
fn it_is_taken_while_it_is_withdrawn() {
    explore(|| {
        let (ran, dropped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let captured = Counts(&dropped);
        let ((), value) = join(thread::yield_now, || {
            let _captured = captured;
            ran.fetch_add(1, Ordering::Relaxed);
            Counts(&dropped)
        });
        assert_eq!((ran.into_inner(), dropped.load(Ordering::Relaxed)), (1, 1));
        drop(value);
        assert_eq!(dropped.into_inner(), 2);
    });
}

#[test]
fn joins_nest_while_threads_take() {
    explore(|| assert_eq!(fib(4), 3));
}

/// Invariant: threads that share a shard withdraw what is theirs.
#[test]
fn two_threads_offer_in_one_shard() {
    explore(|| {
        let (a, b) = join(|| join(|| 1, || 2), || invoke!(|| join(|| 3, || 4)).wait());
        assert_eq!((a, b), ((1, 2), (3, 4)));
    });
}

/// Invariant: whatever the first half does, the join is not left before the second has ended.
#[test]
fn it_is_taken_while_the_first_half_fails() {
    explore(|| {
        let dropped = AtomicUsize::new(0);
        let captured = Counts(&dropped);
        let second = || {
            let _captured = captured;
            Counts(&dropped)
        };
        let payload: u8 = payload_of(|| join(fails::<()>, second));
        assert_eq!(payload, 7);
        let dropped = dropped.into_inner();
        assert!((1..=2).contains(&dropped), "its value, too, if it was called");
    });
}

#[test]
fn a_second_half_that_waits_is_cancelled_when_the_first_fails() {
    explore(|| {
        let (never, _resolver) = promise::<()>();
        let payload: u8 = payload_of(|| join(fails::<()>, || never.wait()));
        assert_eq!(payload, 7);
    });
}

#[test]
fn the_second_half_fails_wherever_it_runs() {
    explore(|| {
        let payload: u8 = payload_of(|| join(thread::yield_now, fails::<()>));
        assert_eq!(payload, 7);
    });
}

/// Each half waits for a promise that the other one resolves.
fn exchange() {
    let (first, resolve_first) = promise();
    let (second, resolve_second) = promise();
    let a = || {
        first.wait();
        resolve_second.resolve(2);
        1
    };
    let b = || {
        resolve_first.resolve(());
        second.wait()
    };
    assert_eq!(join(a, b), (1, 2));
}

/// Invariant: what is offered is taken, while its caller waits for anything.
#[test]
fn the_halves_wait_for_each_other() {
    explore(exchange);
}

/// The same, where the caller waits outside async-mech.
#[test]
fn the_second_half_sends_what_the_first_receives() {
    explore(|| {
        let (send, receive) = channel();
        let sends = move || send.send(7).unwrap();
        assert_eq!(join(|| receive.recv().unwrap(), sends), (7, ()));
    });
}

/// Invariant: so it is where nothing was queued in front of it, and where something was.
#[test]
fn what_is_offered_behind_another_is_taken_too() {
    explore(|| {
        let (send, receive) = channel();
        let sends = move || send.send(7).unwrap();
        let inner = || join(|| receive.recv().unwrap(), sends).0;
        assert_eq!(join(inner, || ()), (7, ()));
    });
}

/// Invariant: at a ceiling a thread is found for what is offered, or its own caller's runs it.
#[test]
fn at_a_ceiling_of_one_the_halves_of_an_invocation_wait_for_each_other() {
    let model = || {
        for lend in [true, false] {
            models::in_loop(lend, Some(1), |event_loop| {
                let (ended, ends) = channel();
                let body = move || {
                    exchange();
                    ended.send(()).unwrap();
                };
                event_loop.invoke(body).detach();
                // This thread is of no help.
                ends.recv().unwrap();
            });
        }
    };
    models::explore(2_000, 300, model);
}

#[test]
fn the_caller_is_cancelled_while_it_joins() {
    explore(|| {
        let (never, _resolver) = promise::<()>();
        let p = invoke!(move || {
            let dropped = AtomicUsize::new(0);
            let captured = Counts(&dropped);
            let second = || {
                let _captured = captured;
                never.wait();
            };
            let failure: Failure = payload_of(|| join(thread::yield_now, second));
            assert_eq!(failure.kind(), FailureKind::Cancelled);
            assert_eq!(dropped.load(Ordering::Relaxed), 1);
        });
        p.cancel();
        if let Err(failure) = p.outcome() {
            assert_eq!(failure.kind(), FailureKind::Cancelled, "{failure}");
        }
    });
}

#[test]
fn the_second_half_awaits_its_caller_and_is_told() {
    explore(|| {
        let (joiner, resolver) = promise::<Promise<()>>();
        let p = invoke!(move || {
            join(thread::yield_now, || joiner.wait().wait());
        });
        let q = p.clone();
        resolver.resolve(q);
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
    });
}

/// Invariant: a shutdown takes nothing away from a join, and waits for what was taken.
#[test]
fn the_loop_is_shut_down_while_it_joins() {
    models::explore(2_000, 300, || {
        for most in [None, Some(1)] {
            models::in_loop(true, most, |event_loop| {
                let joins = event_loop.invoke(|| join(thread::yield_now, || 2));
                let id = joins.id();
                event_loop.shutdown(Duration::MAX);
                match joins.outcome() {
                    Ok(values) => assert_eq!(values, ((), 2)),
                    // It had not been started.
                    Err(failure) => assert_eq!(failure.origin().id(), id, "{failure}"),
                }
            });
        }
    });
}
