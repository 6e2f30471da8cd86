//! `Task.shutdown`: `cancel`.

use std::sync::mpsc::channel;

use crate::{LATE, dies};
use async_mech::{Cancellation, FailureKind, Promise, invoke, promise, sleep};
use tests::{until_completed, watched};

#[test]
fn one_that_has_replied_gives_the_reply() {
    let _watchdog = watched();
    let p = invoke!(|| 1);
    until_completed(&p);
    assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    assert_eq!(p.wait(), 1);
}

#[test]
fn one_that_replies_meanwhile_gives_the_reply_too() {
    let _watchdog = watched();
    let ((begun, begins), (go, goes)) = (channel(), channel());
    // It blocks where nothing of ours can end it.
    let p = invoke!(move || {
        begun.send(()).unwrap();
        goes.recv().unwrap()
    });
    begins.recv().unwrap();
    assert_eq!(p.cancel(), Cancellation::Requested);
    assert_eq!(p.cancel(), Cancellation::AlreadyCancelled);
    go.send(5).unwrap();
    assert_eq!(p.wait(), 5);
}

#[test]
fn one_that_sleeps_or_awaits_ends_it_and_its_destructors_run() {
    let _watchdog = watched();
    let (never, _open) = promise::<()>();
    let awaits: fn(Promise<()>) = |p| p.wait();
    let sleeps: fn(Promise<()>) = |_| sleep(LATE);
    for body in [awaits, sleeps] {
        let ((begun, begins), never) = (channel::<()>(), never.clone());
        let p = invoke!(move || {
            let _told_by_the_drop = begun.clone();
            begun.send(()).unwrap();
            body(never);
        });
        begins.recv().unwrap();
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        begins.recv().unwrap_err();
    }
}

#[test]
fn one_that_died_gives_the_reason() {
    let _watchdog = watched();
    let p = invoke!(dies());
    until_completed(&p);
    assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    assert_eq!(p.outcome().unwrap_err().message(), "oops");
}
