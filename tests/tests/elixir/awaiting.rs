//! `Task.await`, `await_many`: `wait`, `Promise::all` and tuples.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;

use crate::{LATE, SOON, dies};
use async_mech::{Failure, FailureKind, Promise, checkpoint, invoke, promise, scope, wait};
use tests::{until_completed, watched};

#[test]
fn gives_the_result() {
    let _watchdog = watched();
    assert_eq!(invoke!(|| 1 + 1).wait(), 2);
}

#[test]
fn of_one_that_died_ends_the_caller_with_its_failure() {
    let _watchdog = watched();
    let caller = invoke!(|| invoke!(dies()).wait() + 1);
    let failure = caller.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "oops"));
    assert_ne!(failure.id(), failure.origin().id(), "the caller's failure, then the callee's");
}

#[test]
fn is_the_only_way_to_learn_of_a_death() {
    let _watchdog = watched();
    let caller = invoke!(|| {
        let p = invoke!(dies());
        until_completed(&p);
        checkpoint();
        drop(p.outcome());
        "lives"
    });
    assert_eq!(caller.wait(), "lives");
}

#[test]
fn is_not_owed_by_the_caller_whose_functions_run_on_after_its_death() {
    let _watchdog = watched();
    let (go, goes) = channel();
    let (done, dones) = channel();
    let caller = invoke!(move || -> u32 {
        invoke!(move || done.send(goes.recv())).detach();
        dies()
    });
    caller.outcome().unwrap_err();
    go.send(7).unwrap();
    assert_eq!(dones.recv(), Ok(Ok(7)));
}

#[test]
fn is_owed_in_a_scope_where_one_death_ends_the_others() {
    let _watchdog = watched();
    let (never, _open) = promise::<()>();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        scope(|s| {
            let sleeper = s.invoke(|| never.clone().wait());
            s.invoke(dies).detach();
            sleeper.wait();
        });
    }));
    let failure = ended.unwrap_err().downcast::<Failure>().unwrap();
    assert_eq!(failure.message(), "oops");
}

#[test]
fn with_a_timeout_leaves_caller_and_callee_alive() {
    let _watchdog = watched();
    let (gate, opens) = promise();
    let p = invoke!(move || gate.wait() + 1);
    let p = p.wait_timeout(SOON).unwrap_err().into_promise();
    assert!(!p.is_cancelled());
    opens.resolve(1);
    assert_eq!(p.wait(), 2);
}

#[test]
fn is_for_anybody_who_has_the_promise() {
    let _watchdog = watched();
    let p = invoke!(|| 5);
    let other = invoke!(move || p.wait());
    let stranger = thread::spawn(move || other.wait());
    assert_eq!(stranger.join().unwrap(), 5);
}

#[test]
fn consumes_a_promise_and_not_its_clones() {
    let _watchdog = watched();
    let p = invoke!(|| 5);
    let q = p.clone();
    assert_eq!((p.wait(), wait(&q), q.wait()), (5, 5, 5));
}

#[test]
fn of_many_keeps_the_order_of_the_promises() {
    let _watchdog = watched();
    let ((p, first), (q, second)) = (promise(), promise());
    let both = Promise::all([p, q]);
    second.resolve(2);
    first.resolve(1);
    assert_eq!(both.wait(), [1, 2]);
    assert_eq!(wait((invoke!(|| 1), invoke!(|| "two"))), (1, "two"));
    assert_eq!(Promise::<u32>::all([]).wait(), [0; 0]);
}

#[test]
fn of_many_fails_as_soon_as_one_fails() {
    let _watchdog = watched();
    let (never, _open) = promise::<u32>();
    let failure = Promise::all([never, invoke!(dies())]).outcome().unwrap_err();
    assert_eq!(failure.message(), "oops");
    let (never, _open) = promise::<u32>();
    let failure = catch_unwind(AssertUnwindSafe(|| wait((never, invoke!(dies()))))).unwrap_err();
    assert_eq!(failure.downcast::<Failure>().unwrap().message(), "oops");
}

#[test]
fn of_many_has_one_timeout_for_all() {
    let _watchdog = watched();
    let (p, opens) = promise();
    let both = Promise::all([p, invoke!(|| 2)]);
    let both = both.wait_timeout(SOON).unwrap_err().into_promise();
    opens.resolve(1);
    assert_eq!(both.wait_timeout(LATE).unwrap().unwrap(), [1, 2]);
}
