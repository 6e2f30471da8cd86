//! Executions that await each other in a circle are told so, and nobody else is.

use std::collections::BTreeMap;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{
    AggregateFailure, EventLoop, Failure, FailureKind, Id, Promise, Resolver, current, invocable,
    invoke, promise, scope, wait,
};
use tests::{Random, Watchdog, occupy};

/// Long enough never to pass in a test.
const HOUR: Duration = Duration::from_secs(3600);

/// What a promise is handed over in, after its awaiter was invoked.
type Handed<T> = Promise<Promise<T>>;
type Hands<T> = Resolver<Promise<T>>;

/// With a loop of its own, on which nothing is left in the end.
fn with_loop<T>(f: impl FnOnce(&EventLoop) -> T) -> T {
    with(&EventLoop::builder().build(), f)
}

fn with<T>(event_loop: &EventLoop, f: impl FnOnce(&EventLoop) -> T) -> T {
    let _watchdog = Watchdog::over(event_loop);
    let result = event_loop.run(|| f(event_loop));
    assert_eq!(event_loop.shutdown(HOUR), 0);
    // What a promise's end completes in turn may come after its awaiter has gone on.
    while !event_loop.snapshot().promises.is_empty() {
        thread::yield_now();
    }
    result
}

/// Whether the failure is the deadlock itself, told to the one whose await ends.
fn is_own(failure: &Failure) -> bool {
    failure.kind() == FailureKind::Deadlock && failure.source().is_none()
}

/// Whether a deadlock is what the failure began with.
fn leads_to_deadlock(failure: &Failure) -> bool {
    let mut source: Option<&(dyn Error + 'static)> = Some(failure);
    while let Some(error) = source {
        if error.downcast_ref::<Failure>().is_some_and(is_own) {
            return true;
        }
        if let Some(all) = error.downcast_ref::<AggregateFailure>() {
            return all.failures().iter().any(leads_to_deadlock);
        }
        source = error.source();
    }
    false
}

/// The failures of a circle: all lead to the deadlock, which one of them is.
#[track_caller]
fn assert_one_deadlock(failures: &[Failure]) -> Failure {
    let own: Vec<_> = failures.iter().filter(|failure| is_own(failure)).collect();
    assert_eq!(own.len(), 1, "{failures:#?}");
    for failure in failures {
        assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
        assert_eq!(failure.origin().id(), own[0].id(), "{failure}");
    }
    own[0].clone()
}

fn failures<T>(promises: impl IntoIterator<Item = Promise<T>>) -> Vec<Failure> {
    let outcomes = promises.into_iter().map(Promise::outcome);
    outcomes.map(|outcome| outcome.map(|_| "a value").unwrap_err()).collect()
}

/// Waits until that many executions await the promise.
fn until_awaited(event_loop: &EventLoop, id: Id, awaiters: usize) {
    while event_loop.snapshot().awaiters.get(&id).is_none_or(|by| by.len() < awaiters) {
        thread::yield_now();
    }
}

/// Executions of `body`, each with a promise that is to be handed to it.
fn invoke_each<T, U>(
    n: usize,
    body: impl Fn(Handed<U>) -> T + Clone + Send + 'static,
) -> (Vec<Promise<T>>, Vec<Hands<U>>)
where
    T: Send + 'static,
    U: Send + 'static,
{
    (0..n)
        .map(|_| {
            let (handed, hands) = promise();
            let body = body.clone();
            (invoke!(move || body(handed)), hands)
        })
        .unzip()
}

/// Executions that await each other in a circle, which is closed in that order.
fn circle(n: usize, order: impl IntoIterator<Item = usize>) -> Vec<Promise<u32>> {
    let (executions, hands) = invoke_each(n, |next: Handed<u32>| next.wait().wait() + 1);
    let mut hands: Vec<_> = hands.into_iter().map(Some).collect();
    for at in order {
        let next = executions[(at + 1) % n].clone();
        hands[at].take().expect("once each").resolve(next);
    }
    executions
}

fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut order: Vec<_> = (0..n).collect();
    for at in (1..n).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
    order
}

/// An execution that is handed one, and awaits it.
#[invocable]
fn follow(next: Handed<u32>) -> u32 {
    next.await.await + 1
}

// Who is told.

#[test]
fn an_execution_that_awaits_itself_is_told_so() {
    with_loop(|_| {
        let (handed, hands) = promise();
        let p = invoke!(follow(handed));
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own(&failure), "{failure:?}");
        assert!(failure.message().starts_with("it awaits itself\n"), "{failure}");
        assert!(failure.to_string().contains("is in a deadlock: it awaits itself"), "{failure}");
    });
}

#[test]
fn of_two_that_await_each_other_one_is_told_and_the_other_fails_with_that() {
    with_loop(|_| {
        let deadlock = assert_one_deadlock(&failures(circle(2, [0, 1])));
        assert!(deadlock.message().starts_with("it awaits itself, through others\n"));
    });
}

#[test]
fn a_circle_of_any_size_is_found_whichever_end_it_is_closed_from() {
    for n in (1..12).chain([100, 1_000]) {
        with_loop(|_| {
            for order in [(0..n).collect(), (0..n).rev().collect(), shuffled(n, n as u64)] {
                assert_one_deadlock(&failures(circle(n, order)));
            }
        });
    }
}

#[test]
#[ignore = "10,000 threads: to be run alone"]
fn a_circle_of_ten_thousand_is_found() {
    const N: usize = 10_000;
    // Each thread's stack takes address space, not memory.
    let event_loop = EventLoop::builder().stack_size(128 * 1024).build();
    for (name, order) in [
        ("front to back", (0..N).collect()),
        ("back to front", (0..N).rev().collect()),
        ("in random order", shuffled(N, 1)),
    ] {
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| {
            let begun = Instant::now();
            let (executions, hands) = invoke_each(N, |next: Handed<u32>| next.wait().wait() + 1);
            let mut hands: Vec<_> = hands.into_iter().map(Some).collect();
            let mut order: Vec<usize> = order;
            let last = order.pop().expect("there are some");
            for at in order {
                let next = executions[(at + 1) % N].clone();
                hands[at].take().expect("once each").resolve(next);
            }
            let state = loop {
                let state = event_loop.snapshot();
                let awaited = executions.iter().filter(|p| !state.awaiters[&p.id()].is_empty());
                if awaited.count() == N - 1 {
                    break state;
                }
                thread::yield_now();
            };
            assert!(state.threads > N / 2, "{}", state.threads);
            let built = begun.elapsed();
            let begun = Instant::now();
            let closing = executions[last].clone();
            let next = executions[(last + 1) % N].clone();
            hands[last].take().expect("not yet").resolve(next);
            assert!(is_own(&closing.outcome().unwrap_err()));
            let closed = begun.elapsed();
            assert_one_deadlock(&failures(executions));
            let all = begun.elapsed();
            eprintln!("{name}: built in {built:?}, closed in {closed:?}, unwound in {all:?}");
        });
    }
}

#[test]
fn those_outside_the_circle_are_released_too() {
    with_loop(|event_loop| {
        let (handed, hands) = promise();
        let p = invoke!(follow(handed));
        let (q, again) = (p.clone(), p.clone());
        let outside = invoke!(move || q.wait());
        let id = outside.id();
        let further = invoke!(move || outside.wait());
        let foreign = {
            let event_loop = event_loop.clone();
            thread::spawn(move || event_loop.run(|| again.outcome().unwrap_err()))
        };
        until_awaited(event_loop, p.id(), 1);
        hands.resolve(p.clone());
        let failure = further.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let chain: Vec<_> = std::iter::successors(Some(&failure), |&failure| {
            failure.source().and_then(|source| source.downcast_ref())
        })
        .map(Failure::id)
        .collect();
        assert_eq!(chain[1..], [id, p.id()]);
        assert!(is_own(failure.origin()));
        assert!(is_own(&foreign.join().unwrap()));
        assert!(is_own(&p.outcome().unwrap_err()));
    });
}

#[test]
fn outcome_gives_the_deadlock_as_a_value_and_the_execution_may_go_on() {
    with_loop(|_| {
        for n in 1..5 {
            let body = |next: Handed<u32>| match next.wait().outcome() {
                Ok(value) => value + 1,
                Err(failure) => {
                    assert!(is_own(&failure) && failure.id() == current().id(), "{failure}");
                    // The circle is open again: this one awaits, and is awaited, as ever.
                    invoke!(|| 10).wait()
                }
            };
            let (executions, hands) = invoke_each(n, body);
            for (at, hands) in hands.into_iter().enumerate() {
                hands.resolve(executions[(at + 1) % n].clone());
            }
            let mut values: Vec<_> = executions.into_iter().map(Promise::wait).collect();
            values.sort_unstable();
            assert_eq!(values, (10..10 + n as u32).collect::<Vec<_>>());
        }
    });
}

#[test]
fn an_execution_that_was_told_may_close_another_circle() {
    with_loop(|_| {
        let body = |me: Handed<u32>| {
            let me = me.wait();
            let told = (0..5).filter(|_| is_own(&me.clone().outcome().unwrap_err())).count();
            drop(me);
            told as u32
        };
        let (executions, hands) = invoke_each(1, body);
        hands.into_iter().for_each(|hands| hands.resolve(executions[0].clone()));
        assert_eq!(wait(&executions[0]), 5);
    });
}

#[test]
fn each_of_several_circles_is_told_once() {
    with_loop(|event_loop| {
        let begun: Vec<_> = (0..8)
            .map(|seed| {
                let event_loop = event_loop.clone();
                thread::spawn(move || {
                    event_loop.run(|| {
                        for n in 1..20 {
                            let failures = failures(circle(n, shuffled(n, seed)));
                            assert_one_deadlock(&failures);
                        }
                    });
                })
            })
            .collect();
        begun.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn two_circles_that_share_an_execution_are_both_broken() {
    with_loop(|_| {
        // `hub` awaits both; each of them awaits `hub`.
        let (handed, hands) = promise::<(Promise<u32>, Promise<u32>)>();
        let hub = invoke!(move || {
            let (a, b) = handed.wait();
            let first = a.outcome().unwrap_err();
            let second = b.outcome().unwrap_err();
            assert!(leads_to_deadlock(&first) && leads_to_deadlock(&second));
            7
        });
        let (executions, rest) = invoke_each(2, |next: Handed<u32>| next.wait().wait());
        hands.resolve((executions[0].clone(), executions[1].clone()));
        rest.into_iter().for_each(|hands| hands.resolve(hub.clone()));
        // Whoever was told fails; an execution that only waited gets the hub's value, or it.
        assert_eq!(hub.wait(), 7);
        for outcome in executions.into_iter().map(Promise::outcome) {
            assert!(outcome.map_or_else(|failure| is_own(&failure), |value| value == 7));
        }
    });
}

// Where they run.

#[test]
fn a_lent_execution_that_awaits_its_lender_is_told() {
    // One thread, which the lender occupies: what it invokes stays queued until it awaits it.
    let event_loop = EventLoop::builder().max_threads(1).build();
    with(&event_loop, |event_loop| {
        let (handed, hands) = promise::<Promise<u32>>();
        let (told, tells) = promise();
        let lender = event_loop.invoke(move || {
            let me = handed.wait();
            let (here, there) = (thread::current().id(), me);
            let callee = invoke!(move || {
                let lent = thread::current().id() == here;
                let failure = there.outcome().unwrap_err();
                tells.resolve((lent, failure));
                5
            });
            callee.wait()
        });
        hands.resolve(lender.clone());
        let (lent, failure) = told.wait();
        assert!(lent && is_own(&failure), "{failure}");
        assert_eq!(failure.message().lines().count(), 3, "{failure}");
        assert_eq!(lender.wait(), 5);
    });
}

#[test]
fn a_circle_of_lent_and_parked_executions_is_found() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    with(&event_loop, |event_loop| {
        // One stack: each lends its thread to the next, and the last awaits the first.
        fn descend(depth: u32, first: Promise<u32>) -> u32 {
            match depth {
                0 => first.wait(),
                _ => invoke!(descend(depth - 1, first)).wait() + 1,
            }
        }
        let (handed, hands) = promise();
        let first = event_loop.invoke(move || descend(20, handed.wait()));
        hands.resolve(first.clone());
        let failure = first.outcome().unwrap_err();
        assert_eq!(failure.origin().message().lines().count(), 22, "{failure}");
    });
    with_loop(|event_loop| {
        for n in 2..8 {
            // Each lends its thread to a callee that awaits the next.
            let body = |next: Handed<u32>| invoke!(|| next.wait().wait()).wait();
            let (executions, hands) = invoke_each(n, body);
            for (at, hands) in hands.into_iter().enumerate() {
                hands.resolve(executions[(at + 1) % n].clone());
            }
            let failures = failures(executions);
            assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
            let origin = failures[0].origin().id();
            assert!(failures.iter().all(|failure| failure.origin().id() == origin));
            let lines = failures[0].message().lines().count();
            assert_eq!(lines, 1 + 2 * n, "{}\n{}", failures[0], event_loop.snapshot());
        }
    });
}

#[test]
fn without_lending_and_at_a_ceiling_of_one_circles_are_found() {
    let builders = [
        EventLoop::builder().lend_threads(false),
        EventLoop::builder().max_threads(1),
        EventLoop::builder().max_threads(2).lend_threads(false),
    ];
    for builder in builders {
        with(&builder.build(), |_| {
            for n in 1..10 {
                assert_one_deadlock(&failures(circle(n, 0..n)));
                assert_one_deadlock(&failures(circle(n, shuffled(n, 5))));
            }
        });
    }
}

#[test]
fn a_circle_of_executions_of_several_loops_is_found() {
    let loops = [EventLoop::builder().build(), EventLoop::builder().lend_threads(false).build()];
    let _watchdogs = loops.each_ref().map(Watchdog::over);
    let (executions, hands): (Vec<_>, Vec<_>) = (0..6)
        .map(|n| {
            let (handed, hands) = promise::<Promise<u32>>();
            (loops[n % 2].invoke(move || handed.wait().wait()), hands)
        })
        .unzip();
    for (at, hands) in hands.into_iter().enumerate() {
        hands.resolve(executions[(at + 1) % 6].clone());
    }
    assert_one_deadlock(&failures(executions));
}

#[test]
fn functions_on_threads_of_their_own_are_part_of_circles() {
    #[invocable(own_thread)]
    fn on_its_own(next: Handed<u32>) -> u32 {
        next.await.await
    }
    #[invocable(own_thread)]
    fn invokes(next: Handed<u32>) -> u32 {
        invoke!(on_its_own(next)).await
    }
    with_loop(|_| {
        for _ in 0..20 {
            let (executions, hands) = invoke_each(3, |next: Handed<u32>| {
                // On an awaiter's thread, where `own_thread` has to start one.
                invoke!(on_its_own(next)).wait()
            });
            for (at, hands) in hands.into_iter().enumerate() {
                hands.resolve(executions[(at + 1) % 3].clone());
            }
            let failures = failures(executions);
            let origin = failures[0].origin();
            assert!(is_own(origin), "{origin}");
            assert_eq!(origin.message().matches("`on_its_own`").count(), 3, "{origin}");
            assert!(failures.iter().all(|failure| failure.origin().id() == origin.id()));
            assert_eq!(origin.message().lines().count(), 7, "{origin}");

            let (handed, hands) = promise();
            let p = invoke!(invokes(handed));
            hands.resolve(p.clone());
            let failure = p.outcome().unwrap_err();
            assert!(leads_to_deadlock(&failure), "{failure}");
        }
    });
}

// Through promises that depend on others.

#[test]
fn all_is_stuck_as_soon_as_one_of_its_promises_is() {
    with_loop(|_| {
        let (endless, resolver) = promise::<u32>();
        let (handed, hands) = promise::<Promise<u32>>();
        let p = invoke!(move || Promise::all([endless, handed.wait()]).wait()[0]);
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own(&failure), "{failure}");
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
        assert!(is_own(&p.outcome().unwrap_err()));

        let (handed, hands) = promise::<Promise<&str>>();
        let p = invoke!(move || wait((endless, handed.wait())).1);
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own(&failure), "{failure}");
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
            until_awaited(event_loop, p.id(), 1);
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
            until_awaited(event_loop, p.id(), n);
            // Everybody is parked: nobody else looks.
            until_parked_on_combinator(event_loop, &p);
            resolver.fail(std::fmt::Error);
            let failures = failures(executions.into_iter().chain([p]));
            assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
        }
    });
}

/// Waits until the execution awaits something that is not an invocation's promise.
fn until_parked_on_combinator<T>(event_loop: &EventLoop, p: &Promise<T>) {
    while !event_loop.snapshot().awaiters.values().any(|by| by.contains(&p.id())) {
        thread::yield_now();
    }
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
        until_awaited(event_loop, p.id(), 1);
        until_parked_on_combinator(event_loop, &p);
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
        assert!(is_own(&told[0]) && told[0].id() == id, "{told:?}");

        // By nobody: it is parked when the inner promise comes.
        let (executions, mut hands) = invoke_each(1, |next: Handed<u32>| next.flatten().wait());
        until_parked_on_combinator(event_loop, &executions[0]);
        hands.pop().expect("one").resolve(executions[0].clone());
        let told = failures(executions);
        assert!(is_own(&told[0]), "{told:?}");
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

// Across scopes.

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
        until_awaited(event_loop, opener.id(), 1);
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
            assert!(is_own(&failure) && failure.id() != opener.id(), "{failure}");
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
                until_awaited(event_loop, opener.id(), 1);
            }
            go.send(()).expect("the opener waits");
            let failure = opener.outcome().unwrap_err();
            assert!(leads_to_deadlock(&failure) && !is_own(&failure), "{failure}");
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

// What is no deadlock.

#[test]
fn a_wait_with_a_deadline_in_the_circle_times_out_and_releases_it() {
    with_loop(|_| {
        for n in 1..6 {
            let timed = |next: Handed<u32>| match next.wait().wait_timeout(Duration::from_millis(2))
            {
                Ok(outcome) => outcome.expect("nobody fails"),
                Err(_) => 100,
            };
            let (first, mut hands) = invoke_each(1, timed);
            let (others, rest) = invoke_each(n - 1, |next: Handed<u32>| next.wait().wait() + 1);
            hands.extend(rest);
            let executions: Vec<_> = first.into_iter().chain(others).collect();
            for (at, hands) in hands.into_iter().enumerate() {
                hands.resolve(executions[(at + 1) % n].clone());
            }
            let mut values: Vec<_> = executions.into_iter().map(Promise::wait).collect();
            assert_eq!(values.remove(0), 100);
            values.reverse();
            assert_eq!(values, (101..100 + n as u32).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_resolver_that_a_foreign_thread_holds_may_end_the_circle() {
    with_loop(|event_loop| {
        // Everybody awaits something, and nothing will move but for the foreign thread.
        let (reply, resolver) = promise::<u32>();
        let first = {
            let reply = reply.clone();
            invoke!(move || reply.wait())
        };
        let theirs = first.clone();
        let second = invoke!(move || Promise::all([theirs, reply]).wait().len() as u32);
        let (a, b) = (first.id(), second.id());
        let theirs = second.clone();
        let third = invoke!(move || theirs.wait());
        until_awaited(event_loop, b, 1);
        until_awaited(event_loop, a, 1);
        let state = event_loop.snapshot();
        assert!(state.awaiters[&b].contains(&third.id()), "{state}");
        thread::spawn(move || resolver.resolve(1)).join().unwrap();
        assert_eq!((first.wait(), second.wait(), third.wait()), (1, 2, 2));
    });
}

#[test]
fn a_stall_that_cannot_be_proved_shows_in_a_snapshot() {
    with_loop(|event_loop| {
        // Each holds what resolves the promise that the other awaits.
        let ((p, for_p), (q, for_q)) = (promise::<u32>(), promise::<u32>());
        let (go, gate) = channel::<()>();
        let (p_id, q_id) = (p.id(), q.id());
        let again = q.clone();
        let a = invoke!(move || for_q.resolve(p.wait()));
        let b = invoke!(move || for_p.resolve(q.wait()));
        until_awaited(event_loop, p_id, 1);
        until_awaited(event_loop, q_id, 1);
        let state = event_loop.snapshot();
        let awaits: BTreeMap<_, _> =
            state.awaiters.iter().filter(|(_, by)| !by.is_empty()).collect();
        assert_eq!(awaits[&p_id], &[a.id()]);
        assert_eq!(awaits[&q_id], &[b.id()]);
        assert!(!a.is_completed() && !b.is_completed());
        // A person ends it.
        again.cancel();
        drop((go, gate));
        let failure = b.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Cancelled);
        assert_eq!(a.outcome().unwrap_err().kind(), FailureKind::Abandoned);
        again.detach();
    });
}

#[test]
fn a_resolver_that_a_queued_or_running_function_holds_is_no_deadlock() {
    // One thread: what will resolve it stays queued while everybody else awaits.
    for most in [1, 2, 8] {
        let event_loop = EventLoop::builder().max_threads(most).build();
        with(&event_loop, |event_loop| {
            let (busy, end) = occupy(event_loop, most);
            let (reply, resolver) = promise::<u32>();
            let theirs = reply.clone();
            let a = invoke!(move || theirs.wait());
            let theirs = a.clone();
            let b = invoke!(move || Promise::all([theirs, reply]).wait().into_iter().sum::<u32>());
            let theirs = b.clone();
            let c = invoke!(move || Promise::any([theirs]).wait());
            invoke!(move || resolver.resolve(4)).detach();
            drop(end);
            assert_eq!((a.wait(), b.wait(), c.wait()), (4, 8, 8));
            busy.into_iter().for_each(|p| p.wait());
        });
    }
}

#[test]
fn block_on_and_receivers_are_not_searched() {
    with_loop(|event_loop| {
        let (executions, hands) = invoke_each(1, |next: Handed<u32>| next.wait().wait());
        let theirs = executions[0].clone();
        let (end, ended) = promise::<u32>();
        let through_a_receiver = invoke!(move || {
            let receiver = theirs.receiver();
            let end = end.receiver();
            // Whichever comes first, as `select!` would.
            loop {
                if let Ok(outcome) = receiver.try_recv().or_else(|_| end.try_recv()) {
                    return outcome.expect("nobody fails");
                }
                thread::yield_now();
            }
        });
        hands.into_iter().for_each(|hands| hands.resolve(through_a_receiver.clone()));
        until_awaited(event_loop, through_a_receiver.id(), 1);
        ended.resolve(3);
        assert_eq!((through_a_receiver.wait(), wait(&executions[0])), (3, 3));
        drop(executions);

        let (executions, hands) = invoke_each(1, |next: Handed<u32>| next.wait().wait());
        let theirs = executions[0].clone();
        let (end, ended) = promise::<u32>();
        let through_a_future = invoke!(move || {
            let mut both = (Box::pin(theirs.into_future()), Box::pin(end.into_future()));
            async_mech::block_on(std::future::poll_fn(move |context| {
                match both.0.as_mut().poll(context) {
                    std::task::Poll::Pending => both.1.as_mut().poll(context),
                    ready => ready,
                }
            }))
        });
        hands.into_iter().for_each(|hands| hands.resolve(through_a_future.clone()));
        until_awaited(event_loop, through_a_future.id(), 1);
        ended.resolve(4);
        assert_eq!((through_a_future.wait(), wait(&executions[0])), (4, 4));
        drop(executions);
    });
}

#[test]
fn executions_that_await_others_in_any_order_but_a_circle_all_end() {
    with_loop(|_| {
        // A diamond of diamonds: many ways, no way back.
        let (executions, hands) = invoke_each(60, |next: Handed<Vec<Promise<u64>>>| {
            let next = next.wait().wait();
            Promise::all(next).wait().into_iter().map(|n| n % 1_000_003).sum::<u64>().max(1)
        });
        let completed = |value: Vec<Promise<u64>>| {
            let (p, resolver) = promise();
            resolver.resolve(value);
            p
        };
        for (at, hands) in hands.into_iter().enumerate() {
            hands.resolve(completed(executions[at + 1..].to_vec()));
        }
        assert!(executions.into_iter().all(|p| p.wait() > 0));
    });
}

// What the message says.

/// The lines of the message after the first, without the indentation.
fn steps(failure: &Failure) -> Vec<String> {
    failure.message().lines().skip(1).map(|line| line.trim_start().to_owned()).collect()
}

#[invocable(name = "the first")]
fn by_await(next: Handed<u32>) -> u32 {
    let next = next.await;
    next.await
}
const BY_AWAIT: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_macro(next: Handed<u32>) -> u32 {
    let next = next.await;
    async_mech::r#await!(next)
}
const BY_MACRO: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_wait(next: Handed<u32>) -> u32 {
    let next = next.wait();
    next.wait()
}
const BY_WAIT: (u32, u32) = (line!() - 4, line!() - 2);

#[invocable]
fn by_tuple(next: Handed<u32>) -> u32 {
    let (endless, _resolver) = promise::<u32>();
    let next = next.await;
    (next, endless).await.0
}
const BY_TUPLE: (u32, u32) = (line!() - 5, line!() - 2);

#[test]
fn the_message_has_a_line_for_each_execution_with_its_function_and_its_await() {
    with_loop(|event_loop| {
        let file = file!();
        let mut hands = Vec::new();
        let mut hand = || {
            let (handed, resolver) = promise::<Promise<u32>>();
            hands.push(resolver);
            handed
        };
        let (a, b, c, d) = (hand(), hand(), hand(), hand());
        let (e, f) = (hand(), hand());
        let in_a_closure = line!() + 1;
        let closure = invoke!(|| {
            let next = e.wait();
            next.wait()
        });
        let in_a_block = line!() + 1;
        let block = invoke!({
            let next = f.await;
            await!(next)
        });
        let executions = [
            invoke!(by_await(a)),
            invoke!(by_macro(b)),
            invoke!(by_wait(c)),
            invoke!(by_tuple(d)),
            closure,
            block,
        ];
        let ids = executions.each_ref().map(Promise::id);
        let names = [
            ("the first", BY_AWAIT),
            ("by_macro", BY_MACRO),
            ("by_wait", BY_WAIT),
            ("by_tuple", BY_TUPLE),
            (executions[4].name(), (in_a_closure, in_a_closure + 2)),
            (executions[5].name(), (in_a_block, in_a_block + 2)),
        ];
        let expected: Vec<_> = (0..6)
            .map(|at| {
                let (name, (defined, awaits)) = names[at];
                let (id, next) = (ids[at], ids[(at + 1) % 6]);
                format!("{id} `{name}` ({file}:{defined}) awaits {next} at {file}:{awaits}")
            })
            .collect();
        let n = executions.len();
        for (at, hands) in hands.into_iter().enumerate() {
            // The last one closes the circle, so the message begins with it.
            if at == n - 1 {
                executions[1..].iter().for_each(|p| until_awaited(event_loop, p.id(), 1));
            }
            hands.resolve(executions[(at + 1) % n].clone());
        }
        let told = assert_one_deadlock(&failures(executions.clone()));
        assert_eq!(told.id(), ids[5]);
        let mut rotated = expected.clone();
        rotated.rotate_right(1);
        let mut found = steps(&told);
        // The tuple is a promise of its own, between its execution and the next one.
        let tuple = found.iter().position(|step| step.contains("`tuple`")).expect("a tuple");
        let step = found.remove(tuple);
        assert!(step.contains(&format!("`tuple` ({file}:{})", BY_TUPLE.1)), "{step}");
        assert!(step.ends_with(&format!(" depends on {}", ids[4])), "{step}");
        let id = step.split(' ').next().expect("an id");
        let to_tuple = format!("awaits {id} at");
        found[tuple - 1] = found[tuple - 1].replace(&to_tuple, &format!("awaits {} at", ids[4]));
        assert_eq!(found, rotated);
        drop(executions);
    });
}

#[test]
fn one_that_awaits_itself_is_one_line() {
    with_loop(|_| {
        let (handed, hands) = promise();
        let p = invoke!(by_await(handed));
        hands.resolve(p.clone());
        let id = p.id();
        let (defined, awaits) = BY_AWAIT;
        let failure = p.outcome().unwrap_err();
        let file = file!();
        assert_eq!(
            failure.to_string(),
            format!(
                "execution {id} `the first` ({file}:{defined}) is in a deadlock: it awaits itself\n  \
                 {id} `the first` ({file}:{defined}) awaits {id} at {file}:{awaits}"
            )
        );
    });
}

#[test]
fn the_message_of_a_long_circle_leaves_out_its_middle() {
    with_loop(|_| {
        let told = assert_one_deadlock(&failures(circle(1_500, 0..1_500)));
        let steps = steps(&told);
        assert_eq!(steps.len(), 1_001);
        assert_eq!(steps[500], "(500 more)");
    });
}
