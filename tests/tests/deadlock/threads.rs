//! Circles are found on whichever threads and loops their executions are.

use std::thread;

use crate::circles::{Handed, circle, invoke_each, shuffled};
use crate::{assert_one_deadlock, failures, with, with_loop};
use async_mech::{EventLoop, Promise, invocable, invoke, promise};
use tests::{Watchdog, is_own_deadlock, leads_to_deadlock};

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
        assert!(lent && is_own_deadlock(&failure), "{failure}");
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
            assert!(is_own_deadlock(origin), "{origin}");
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
