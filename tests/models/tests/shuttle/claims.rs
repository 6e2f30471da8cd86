//! Who gets a queued callee: its awaiter, a thread, who cancels it. One of them does, and says so.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{Cancellation, EventLoop, FailureKind, invoke, promise};
use shuttle::thread;

/// With and without lending, and at a ceiling of one thread.
fn explore(model: fn(&EventLoop)) {
    models::explore(3_000, 500, move || models::in_loops(model));
}

/// Invariant: a body runs once, or never and is then said to be cancelled; what it captured is
/// dropped once.
#[test]
fn an_awaiter_a_thread_a_cancel_and_a_drop_meet_at_one_callee() {
    explore(|event_loop| {
        let (runs, value) = (Arc::new(AtomicUsize::new(0)), Arc::new(()));
        let (counter, captured) = (Arc::clone(&runs), Arc::clone(&value));
        let p = invoke!(move || {
            let _captured = captured;
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let (q, canceller, inside) = (p.clone(), p.canceller(), event_loop.clone());
        let awaits = thread::spawn(move || inside.run(|| q.outcome()));
        let cancels = thread::spawn(move || canceller.cancel());
        drop(p);
        let outcome = awaits.join().unwrap();
        let ran = runs.load(Ordering::Relaxed);
        match cancels.join().unwrap() {
            Cancellation::Done => {
                assert_eq!((outcome.unwrap_err().kind(), ran), (FailureKind::Cancelled, 0));
            }
            _ => assert_eq!((outcome.is_ok(), ran), (true, 1)),
        }
        assert_eq!(Arc::strong_count(&value), 1);
        assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    });
}

/// Invariant: a claim takes the callee of the promise it is for, though that promise may be gone and
/// its place in the shard be another's.
#[test]
fn a_late_cancel_does_not_hit_who_got_the_index() {
    explore(|_| {
        let p = invoke!(|| 1);
        let canceller = p.canceller();
        let cancels = thread::spawn(move || canceller.cancel());
        let _ = p.outcome();
        assert_eq!(invoke!(|| 2).wait(), 2);
        cancels.join().unwrap();
    });
}

/// Invariant: whoever claims one callee says which is the oldest from then on, so threads find the
/// others, and do not look for what is gone.
#[test]
fn a_claim_leaves_the_next_callee_to_be_found() {
    explore(|event_loop| {
        let (p, resolver) = promise();
        let awaited = invoke!(|| 1);
        invoke!(move || resolver.resolve(2)).detach();
        let (inside, last) = (event_loop.clone(), event_loop.invoke(|| 3));
        let awaits = thread::spawn(move || inside.run(|| last.wait()));
        assert_eq!((awaited.wait(), p.wait(), awaits.join().unwrap()), (1, 2, 3));
    });
}

/// Invariant: of two cancels and an awaiter that lends, whoever claims decides for all three.
#[test]
fn two_cancels_and_an_awaiter_agree_on_what_happened() {
    explore(|_| {
        let p = invoke!(|| 1);
        let cancellers = [p.canceller(), p.canceller()];
        let cancels = cancellers.map(|canceller| thread::spawn(move || canceller.cancel()));
        let outcome = p.outcome();
        let met = cancels.map(|cancels| cancels.join().unwrap());
        let done = met.iter().filter(|met| **met == Cancellation::Done).count();
        assert_eq!(done, usize::from(outcome.is_err()), "{met:?}, {outcome:?}");
    });
}
