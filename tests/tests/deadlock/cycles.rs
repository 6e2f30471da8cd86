//! Who is told of a circle.

use std::error::Error;
use std::thread;
use std::time::Instant;

use crate::circles::{Handed, circle, follow, invoke_each, shuffled};
use crate::{assert_one_deadlock, failures, with_loop};
use async_mech::{EventLoop, Failure, FailureKind, Promise, current, invoke, promise, wait};
use tests::{Watchdog, is_own_deadlock, leads_to_deadlock, until_awaited};

#[test]
fn an_execution_that_awaits_itself_is_told_so() {
    with_loop(|_| {
        let (handed, hands) = promise();
        let p = invoke!(follow(handed));
        hands.resolve(p.clone());
        let failure = p.outcome().unwrap_err();
        assert!(is_own_deadlock(&failure), "{failure:?}");
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
            assert!(is_own_deadlock(&closing.outcome().unwrap_err()));
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
        until_awaited(event_loop, p.id());
        hands.resolve(p.clone());
        let failure = further.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock);
        let chain: Vec<_> = std::iter::successors(Some(&failure), |&failure| {
            failure.source().and_then(|source| source.downcast_ref())
        })
        .map(Failure::id)
        .collect();
        assert_eq!(chain[1..], [id, p.id()]);
        assert!(is_own_deadlock(failure.origin()));
        assert!(is_own_deadlock(&foreign.join().unwrap()));
        assert!(is_own_deadlock(&p.outcome().unwrap_err()));
    });
}

#[test]
fn outcome_gives_the_deadlock_as_a_value_and_the_execution_may_go_on() {
    with_loop(|_| {
        for n in 1..5 {
            let body = |next: Handed<u32>| match next.wait().outcome() {
                Ok(value) => value + 1,
                Err(failure) => {
                    assert!(
                        is_own_deadlock(&failure) && failure.id() == current().id(),
                        "{failure}"
                    );
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
            let told =
                (0..5).filter(|_| is_own_deadlock(&me.clone().outcome().unwrap_err())).count();
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
            assert!(outcome.map_or_else(|failure| is_own_deadlock(&failure), |value| value == 7));
        }
    });
}
