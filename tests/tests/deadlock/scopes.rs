//! Circles across scopes, which join their children.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;

use crate::circles::{Handed, invoke_each};
use crate::{failures, steps, with_loop};
use async_mech::{EventLoop, Failure, Promise, invoke, promise, scope};
use tests::{is_own_deadlock, leads_to_deadlock, until_awaited};

/// An opener whose child awaits it, and what the child is told. The child parks before the opener
/// joins, or after.
fn opener_and_child(event_loop: &EventLoop, child_first: bool) -> (Promise<u32>, Promise<Failure>) {
    let (handed, hands) = promise::<Promise<u32>>();
    let (told, tell) = promise();
    let (go, gate) = channel();
    let opener = event_loop.invoke(move || {
        let me = handed.wait();
        scope(|s| {
            let child = invoke!(s => move || tell.resolve(me.outcome().unwrap_err()));
            gate.recv().expect("the test says when");
            child.detach();
        });
        1
    });
    hands.resolve(opener.clone());
    if child_first {
        until_awaited(event_loop, opener.id());
    }
    go.send(()).expect("the opener waits");
    (opener, told)
}

#[test]
fn a_join_does_not_fail_but_another_await_of_the_circle_does() {
    with_loop(|event_loop| {
        for child_first in [false, true].repeat(20) {
            let (opener, told) = opener_and_child(event_loop, child_first);
            let failure = told.wait();
            assert!(is_own_deadlock(&failure) && failure.id() != opener.id(), "{failure}");
            assert!(failure.message().contains(&format!("awaits {}", opener.id())), "{failure}");
            assert_eq!(opener.wait(), 1);
        }
    });
}

#[test]
fn a_scope_raises_the_failure_of_the_child_that_was_told() {
    with_loop(|event_loop| {
        for child_first in [false, true].repeat(20) {
            let (handed, hands) = promise::<Promise<u32>>();
            let (go, gate) = channel();
            let opener = event_loop.invoke(move || {
                let me = handed.wait();
                scope(|s| {
                    // The join waits for a child that waits in a scope of its own.
                    let child = invoke!(s => move || scope(|s| invoke!(s => || me.wait()).wait()));
                    gate.recv().expect("the test says when");
                    child.detach();
                });
                1
            });
            hands.resolve(opener.clone());
            if child_first {
                until_awaited(event_loop, opener.id());
            }
            go.send(()).expect("the opener waits");
            let failure = opener.outcome().unwrap_err();
            assert!(leads_to_deadlock(&failure) && !is_own_deadlock(&failure), "{failure}");
            let awaits = steps(&failure).iter().filter(|step| step.contains(" awaits ")).count();
            assert_eq!(awaits, 3, "{failure}");
        }
    });
}

#[test]
fn children_that_await_each_other_are_told() {
    with_loop(|_| {
        for _ in 0..20 {
            let payload = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    let (handed, hands) = promise::<Promise<u32>>();
                    let a = invoke!(s => move || handed.wait().wait());
                    let theirs = a.clone();
                    let b = invoke!(s => move || theirs.wait());
                    hands.resolve(b);
                    a.detach();
                });
            }));
            let failure = *payload.unwrap_err().downcast::<Failure>().expect("a failure");
            assert!(leads_to_deadlock(&failure), "{failure}");
        }
    });
}

#[test]
fn two_scopes_whose_children_await_each_others_opener_are_released() {
    with_loop(|_| {
        for _ in 0..20 {
            let (openers, hands) = invoke_each(2, |other: Handed<u32>| {
                let other = other.wait();
                scope(|s| invoke!(s => || other.wait()).detach());
                1
            });
            for (at, hands) in hands.into_iter().enumerate() {
                hands.resolve(openers[1 - at].clone());
            }
            let failures = failures(openers);
            assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
            let origin = failures[0].origin();
            assert!(failures.iter().all(|failure| failure.origin().id() == origin.id()));
        }
    });
}
