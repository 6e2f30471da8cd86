//! Circles through promises that depend on others.

use crate::circles::{Handed, invoke_each};
use crate::{assert_one_deadlock, failures, with_loop};
use async_mech::{Promise, invoke, promise, wait};
use tests::{is_own_deadlock, leads_to_deadlock, until_awaited, until_awaited_by, until_awaits};

#[test]
fn all_is_stuck_as_soon_as_one_of_its_promises_is() {
    with_loop(|_| {
        let (endless, resolver) = promise::<u32>();
        let (handed, hands) = promise::<Promise<u32>>();
        let p = invoke!(move || Promise::all([endless, handed.wait()]).wait()[0]);
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own_deadlock(&failure), "{failure}");
        assert!(failure.message().contains("`all`"), "{failure}");
        resolver.resolve(1);
    });
}

#[test]
fn all_settled_and_tuples_are_stuck_as_soon_as_one_of_their_promises_is() {
    with_loop(|_| {
        let (endless, resolver) = promise::<u32>();
        let (handed, hands) = promise::<Promise<u32>>();
        let theirs = endless.clone();
        let p = invoke!(move || {
            let settled = Promise::all_settled([theirs, handed.wait()]).wait();
            settled.into_iter().filter_map(Result::ok).sum::<u32>()
        });
        hands.resolve(p.clone());
        assert!(is_own_deadlock(&p.outcome().unwrap_err()));

        let (handed, hands) = promise::<Promise<&str>>();
        let p = invoke!(move || wait((endless, handed.wait())).1);
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own_deadlock(&failure), "{failure}");
        assert!(failure.message().contains("`tuple`"), "{failure}");
        resolver.resolve(1);
    });
}

#[test]
fn any_and_race_are_stuck_only_if_all_their_promises_are() {
    type Combine = fn([Promise<u32>; 2]) -> Promise<u32>;
    let either: [Combine; 2] = [|both| Promise::any(both), |both| Promise::race(both)];
    for either in either {
        with_loop(|event_loop| {
            // Both inputs await the execution.
            let (executions, hands) = invoke_each(2, |next: Handed<u32>| next.wait().wait());
            let [a, b] = [executions[0].clone(), executions[1].clone()];
            let p = invoke!(move || either([a, b]).wait());
            hands.into_iter().for_each(|hands| hands.resolve(p.clone()));
            let failures = failures(executions.into_iter().chain([p]));
            assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");

            // One may still go on.
            let (live, resolver) = promise();
            let (executions, hands) = invoke_each(1, |next: Handed<u32>| next.wait().wait());
            let inputs = [executions[0].clone(), live];
            let p = invoke!(move || either(inputs).wait());
            hands.into_iter().for_each(|hands| hands.resolve(p.clone()));
            until_awaited(event_loop, p.id());
            resolver.resolve(3);
            assert_eq!(p.wait() + wait(&executions[0]), 6);
            drop(executions);
        });
    }
}

#[test]
fn any_becomes_stuck_when_the_promise_that_went_on_fails() {
    with_loop(|event_loop| {
        for n in 1..4 {
            let (live, resolver) = promise::<u32>();
            let (executions, hands) = invoke_each(n, |next: Handed<u32>| next.wait().wait());
            let inputs = executions.iter().cloned().chain([live]).collect::<Vec<_>>();
            let p = invoke!(move || Promise::any(inputs).wait());
            hands.into_iter().for_each(|hands| hands.resolve(p.clone()));
            until_awaited_by(event_loop, p.id(), n);
            // Everybody is parked: nobody else looks.
            until_awaits(event_loop, p.id());
            resolver.fail(std::fmt::Error);
            let failures = failures(executions.into_iter().chain([p]));
            assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
        }
    });
}

#[test]
fn as_completed_is_stuck_only_if_all_that_is_left_is() {
    with_loop(|event_loop| {
        let (live, resolver) = promise::<u32>();
        let (stuck, hands) = invoke_each(1, |next: Handed<u32>| next.wait().wait());
        let inputs = [stuck[0].clone(), live];
        let (first, tell) = promise();
        let p = invoke!(move || {
            let mut outcomes = Promise::as_completed(inputs);
            tell.resolve(outcomes.next().expect("the live one").1.expect("a value"));
            outcomes.map(|(_, outcome)| outcome.expect("never")).sum()
        });
        hands.into_iter().for_each(|hands| hands.resolve(p.clone()));
        until_awaited(event_loop, p.id());
        until_awaits(event_loop, p.id());
        resolver.resolve(4);
        assert_eq!(first.wait(), 4);
        let failures = failures(stuck.into_iter().chain([p]));
        assert_one_deadlock(&failures);
        let message = failures[0].message();
        assert!(message.contains("`as_completed`"), "{message}");
    });
}

#[test]
fn flatten_is_part_of_a_circle_that_its_inner_promise_closes() {
    with_loop(|event_loop| {
        // Closed by the execution that parks.
        let (executions, hands) = invoke_each(1, |next: Handed<u32>| next.flatten().wait());
        let id = executions[0].id();
        hands.into_iter().for_each(|hands| hands.resolve(executions[0].clone()));
        let told = failures(executions);
        assert!(is_own_deadlock(&told[0]) && told[0].id() == id, "{told:?}");

        // By nobody: it is parked when the inner promise comes.
        let (executions, mut hands) = invoke_each(1, |next: Handed<u32>| next.flatten().wait());
        until_awaits(event_loop, executions[0].id());
        hands.pop().expect("one").resolve(executions[0].clone());
        let told = failures(executions);
        assert!(is_own_deadlock(&told[0]), "{told:?}");
        assert!(told[0].message().contains("`flatten`"), "{}", told[0]);
    });
}

#[test]
fn then_is_part_of_a_circle() {
    with_loop(|_| {
        for _ in 0..200 {
            // The function that `then` invokes awaits what `then` gave.
            let (value, resolver) = promise::<u32>();
            let (handed, hands) = promise::<Promise<u32>>();
            let then = value.then(move |n| n + handed.wait().wait());
            hands.resolve(then.clone());
            resolver.resolve(1);
            let failure = then.outcome().unwrap_err();
            assert!(leads_to_deadlock(&failure) && failure.name() == "then", "{failure}");

            // The value that `then` waits for comes from an execution that awaits it.
            let (executions, hands) = invoke_each(1, |next: Handed<u32>| next.wait().wait());
            let then = executions[0].clone().then(|n| n + 1);
            hands.into_iter().for_each(|hands| hands.resolve(then.clone()));
            let failures = failures(executions.into_iter().chain([then]));
            assert_one_deadlock(&failures);
        }
    });
}

#[test]
fn combinators_of_combinators_are_seen_through() {
    with_loop(|_| {
        let (endless, resolver) = promise::<u32>();
        let (executions, hands) = invoke_each(2, |next: Handed<u32>| next.wait().wait());
        let both = Promise::all(executions.iter().cloned()).then(|values| values[0]);
        let either = Promise::any([both.clone(), executions[0].clone()]);
        let again = Promise::race([either.clone(), either]).then(|n| n + 1);
        let last = Promise::all([again.clone(), endless]).then(|values| values[0]);
        let mut hands = hands.into_iter();
        hands.next().expect("two").resolve(last.clone());
        hands.next().expect("two").resolve(again.clone());
        let failures = failures(executions.into_iter().chain([both, again, last]));
        assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
        resolver.resolve(1);
    });
}
