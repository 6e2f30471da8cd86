//! What may go on is no deadlock.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::circles::{Handed, invoke_each};
use crate::{with, with_loop};
use async_mech::{EventLoop, FailureKind, Promise, invoke, promise, wait};
use tests::{completed, occupy, until_awaited};

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
        until_awaited(event_loop, b);
        until_awaited(event_loop, a);
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
        until_awaited(event_loop, p_id);
        until_awaited(event_loop, q_id);
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
        until_awaited(event_loop, through_a_receiver.id());
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
        until_awaited(event_loop, through_a_future.id());
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
        for (at, hands) in hands.into_iter().enumerate() {
            hands.resolve(completed(executions[at + 1..].to_vec()));
        }
        assert!(executions.into_iter().all(|p| p.wait() > 0));
    });
}
