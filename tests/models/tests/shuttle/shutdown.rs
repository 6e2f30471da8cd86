//! Shutting a loop down beside what is invoked, claimed, awaited and cancelled there.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_mech::{EventLoop, FailureKind, invoke, promise, scope};
use shuttle::thread;

/// With and without lending, and at a ceiling of one thread.
fn explore(model: fn(&EventLoop)) {
    models::explore(3_000, 500, move || models::in_loops(model));
}

/// Invariant: closing a shard and queueing in it exclude each other, so nothing is left that starts
/// when the shutdown is over.
#[test]
fn nothing_starts_after_a_shutdown_has_returned() {
    explore(|event_loop| {
        let over = Arc::new(AtomicBool::new(false));
        let (is_over, inside) = (Arc::clone(&over), event_loop.clone());
        let invokes = thread::spawn(move || {
            [(); 2].map(|()| {
                let over = Arc::clone(&is_over);
                inside.invoke(move || assert!(!over.load(Ordering::SeqCst), "it starts"))
            })
        });
        assert_eq!(event_loop.shutdown(Duration::MAX), 0);
        over.store(true, Ordering::SeqCst);
        for p in invokes.join().unwrap() {
            let kind = p.outcome().map_err(|failure| failure.kind());
            assert!(matches!(kind, Ok(()) | Err(FailureKind::Cancelled)), "{kind:?}");
        }
    });
}

/// Invariant: a shutdown without a deadline returns when the last body has ended, and is woken then.
#[test]
fn a_shutdown_waits_for_what_runs() {
    explore(|event_loop| {
        let ended = Arc::new(AtomicUsize::new(0));
        let (gate, open) = promise::<()>();
        let started = Arc::new(AtomicUsize::new(0));
        for _ in 0..2 {
            let (gate, ended, started) = (gate.clone(), Arc::clone(&ended), Arc::clone(&started));
            let body = move || {
                started.fetch_add(1, Ordering::SeqCst);
                gate.wait();
                ended.fetch_add(1, Ordering::SeqCst);
            };
            event_loop.invoke(body).detach();
        }
        let opens = thread::spawn(move || open.resolve(()));
        assert_eq!(event_loop.shutdown(Duration::MAX), 0);
        assert_eq!(ended.load(Ordering::SeqCst), started.load(Ordering::SeqCst));
        opens.join().unwrap();
    });
}

/// Invariant: two shutdowns both wait for all, and what is queued is cancelled by one of them.
#[test]
fn two_shutdowns_both_end() {
    explore(|event_loop| {
        let p = event_loop.invoke(|| 1);
        let inside = event_loop.clone();
        let other = thread::spawn(move || inside.shutdown(Duration::MAX));
        assert_eq!(event_loop.shutdown(Duration::MAX), 0);
        assert_eq!(other.join().unwrap(), 0);
        assert!(p.is_completed());
        assert!(p.outcome().is_ok_and(|n| n == 1) || event_loop.snapshot().promises.is_empty());
    });
}

/// Invariant: a callee is cancelled by the shutdown, or claimed by its awaiter, a cancel or a thread.
#[test]
fn a_shutdown_a_cancel_and_an_awaiter_meet_at_one_callee() {
    explore(|event_loop| {
        let p = event_loop.invoke(|| 1);
        let (canceller, inside) = (p.canceller(), event_loop.clone());
        let cancels = thread::spawn(move || canceller.cancel());
        let shuts = thread::spawn(move || inside.shutdown(Duration::MAX));
        let kind = p.outcome().map_err(|failure| failure.kind());
        assert!(matches!(kind, Ok(1) | Err(FailureKind::Cancelled)), "{kind:?}");
        assert_eq!(shuts.join().unwrap(), 0);
        cancels.join().unwrap();
    });
}

/// Invariant: a scope is joined, whatever the shutdown makes of its children.
#[test]
fn a_scope_is_joined_beside_a_shutdown() {
    explore(|event_loop| {
        let ran = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&ran);
        let p = invoke!(move || {
            scope(|s| {
                for _ in 0..2 {
                    s.invoke(|| counter.fetch_add(1, Ordering::Relaxed)).detach();
                }
            });
        });
        let inside = event_loop.clone();
        let shuts = thread::spawn(move || inside.shutdown(Duration::MAX));
        match p.outcome() {
            Ok(()) => assert_eq!(ran.load(Ordering::Relaxed), 2),
            Err(failure) => assert_eq!(failure.kind(), FailureKind::Cancelled),
        }
        assert_eq!(shuts.join().unwrap(), 0);
    });
}
