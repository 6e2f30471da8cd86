//! Cancellations of what is queued, suspended, lent, linked and in scopes.

use std::sync::mpsc::channel;
use std::thread;

use async_mech::{Promise, checkpoint, invoke, promise, scope};

use crate::seen::{alone, unlent};

#[test]
fn what_is_queued_never_starts() {
    let seen = alone(|| {
        let p = invoke!(|| 1);
        p.cancel();
        p.cancel();
    });
    assert_eq!(seen.of_one(2), ["invoke by 1", "cancel", "fail Cancelled", "free"]);
}

#[test]
fn what_is_suspended_returns_and_takes_what_it_awaits_with_it() {
    let seen = unlent(|_, watch| {
        let (gate, _resolver) = promise::<()>();
        let p = invoke!(move || gate.wait());
        watch.until_suspended(p.id());
        p.cancel();
        p.outcome().unwrap_err();
    });
    assert_eq!(
        seen.of_one(3),
        [
            "invoke by 1",
            "start",
            "await 2",
            "suspend 2",
            "cancel",
            "resume 2",
            "return 2 Cancelled",
            "fail Cancelled",
            "free",
        ]
    );
    assert_eq!(seen.of_one(2), ["create by 1", "cancel", "fail Cancelled", "free"]);
}

#[test]
fn an_execution_that_its_cancelled_awaiter_runs_is_cancelled_as_well() {
    let seen = alone(|| {
        let (begun, begins) = channel();
        let (go, goes) = channel::<()>();
        let outer = invoke!(move || {
            let inner = invoke!(move || {
                begun.send(()).unwrap();
                goes.recv().unwrap();
                checkpoint();
            });
            inner.wait();
        });
        let canceller = outer.canceller();
        let cancels = thread::spawn(move || {
            begins.recv().unwrap();
            canceller.cancel();
            go.send(()).unwrap();
        });
        outer.outcome().unwrap_err();
        cancels.join().unwrap();
    });
    assert_eq!(
        seen.lines()[9..],
        [
            "2 cancel",
            "3 cancel",
            "3 fail Cancelled",
            "3 free",
            "2 return 3 Outcome",
            "2 fail Cancelled",
            "2 free",
            "1 return 2 Outcome",
        ]
    );
}

#[test]
fn a_combinator_passes_it_on() {
    let seen = alone(|| {
        let (p, _resolver) = promise::<u32>();
        Promise::all([p, invoke!(|| 1)]).cancel();
    });
    assert_eq!(seen.of_one(4), ["create by 1", "cancel", "fail Cancelled", "free"]);
    assert_eq!(seen.of_one(2), ["create by 1", "link to 4", "cancel", "fail Cancelled", "free"]);
    assert_eq!(seen.of_one(3), ["invoke by 1", "link to 4", "cancel", "fail Cancelled", "free"]);
}

#[test]
fn a_scopes_children_are_cancelled_with_it() {
    let seen = unlent(|_, watch| {
        let (give, take) = channel();
        let p = invoke!(move || {
            scope(|s| {
                let child = s.invoke(|| promise::<()>().0.outcome().map_or((), |()| ()));
                let (gate, _resolver) = promise::<()>();
                let waits = s.invoke(move || gate.wait());
                give.send((child.id(), waits.id())).unwrap();
                let _ = child.outcome();
                let _ = waits.outcome();
            });
        });
        let (_, waits) = take.recv().unwrap();
        watch.until_suspended(waits);
        watch.until_suspended(p.id());
        p.cancel();
        p.outcome().unwrap_err();
    });
    let cancelled = seen.lines().iter().filter(|line| line.ends_with(" cancel")).count();
    assert!(
        cancelled >= 3,
        "the scope's owner, its child, and what that awaits: {:#?}",
        seen.lines()
    );
    for line in seen.lines().iter().filter(|line| line.ends_with(" cancel")) {
        assert_eq!(seen.lines().iter().filter(|other| *other == line).count(), 1, "{line}");
    }
}
