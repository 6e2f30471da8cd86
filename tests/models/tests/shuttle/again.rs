//! A cell is used again: by who has invoked and awaited, for the next invocation of the same type. So
//! nobody else may have it then, and nothing of the last one may be left in it.

use async_mech::{
    Cancellation, Canceller, EventLoop, Execution, FailureKind, Promise, current, invoke,
};
use shuttle::thread;

/// With and without lending, and at a ceiling of one thread.
fn explore(model: fn(&EventLoop)) {
    models::explore(3_000, 500, move || models::in_loops(model));
}

fn same(n: u32) -> u32 {
    thread::yield_now();
    n
}

/// At one place, so that all have one type.
fn invoked(n: u32) -> Promise<u32> {
    invoke!(same(n))
}

/// Invariant: who has cancelled one has not cancelled the next, whenever it does.
#[test]
fn a_cancel_does_not_hit_who_got_the_cell() {
    explore(|event_loop| {
        let p = invoked(1);
        let canceller: Canceller = p.canceller();
        let cancels = thread::spawn(move || canceller.cancel());
        let first = p.outcome();
        for n in 2..4 {
            let q = invoked(n);
            assert!(!q.is_cancelled());
            assert_eq!(q.wait(), n);
        }
        match cancels.join().unwrap() {
            Cancellation::Done => {
                assert_eq!(first.unwrap_err().kind(), FailureKind::Cancelled);
            }
            _ => assert_eq!(first.unwrap(), 1),
        }
        assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    });
}

/// Invariant: what a snapshot sees of a cell is of one invocation, or it sees nothing.
#[test]
fn a_snapshot_sees_the_one_or_the_other() {
    explore(|event_loop| {
        let (looks_at, me) = (event_loop.clone(), current().id());
        let looks = thread::spawn(move || {
            let state = looks_at.snapshot();
            for invocation in state.invocations.values() {
                assert_eq!((invocation.name, invocation.caller), ("same", Some(me)));
            }
            state.promises.into_keys().collect::<Vec<_>>()
        });
        let mut ids = Vec::new();
        for n in 0..3 {
            let p = invoked(n);
            ids.push(p.id());
            assert_eq!(p.wait(), n);
        }
        let seen = looks.join().unwrap();
        assert!(seen.iter().all(|id| ids.contains(id)), "{seen:?} of {ids:?}");
    });
}

fn asked() -> Execution {
    current()
}

fn ask() -> Promise<Execution> {
    invoke!(asked())
}

/// Invariant: who has kept an execution is told of that one.
#[test]
fn an_execution_that_was_kept_is_not_the_next_one() {
    explore(|_| {
        let kept = ask().wait();
        let next = ask();
        next.cancel();
        assert!(!kept.is_cancelled(), "the next one is");
        assert_ne!(kept.id(), next.id());
        let _ = next.outcome();
    });
}
