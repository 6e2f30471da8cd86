//! Every way to wait beside the completion that ends it: no wake is lost.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model. A deadline
//! never passes under shuttle, so a timed wait that ends was woken.

use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Promise, block_on, invoke, promise, scope};
use shuttle::thread;

/// With and without lending, and at a ceiling of one thread.
fn explore(model: fn(&EventLoop)) {
    models::explore(3_000, 500, move || models::in_loops(model));
}

const LONG: Duration = Duration::from_secs(3_600);

/// A promise, and the thread that resolves it.
fn resolved() -> (Promise<u32>, thread::JoinHandle<()>) {
    let (p, resolver) = promise();
    (p, thread::spawn(move || resolver.resolve(42)))
}

/// Waits for less than an hour, which under shuttle is for good.
fn timed(p: Promise<u32>) -> Result<u32, Failure> {
    p.wait_timeout(LONG).expect("no deadline passes")
}

/// Invariant: a wait with a deadline is woken by the completion, at once and not in its turn.
#[test]
fn a_wait_with_a_deadline_is_woken() {
    explore(|_| {
        let (p, resolves) = resolved();
        let q = p.clone();
        let waits = invoke!(move || timed(q).unwrap());
        assert_eq!(timed(p).unwrap(), 42);
        assert_eq!(waits.wait(), 42);
        resolves.join().unwrap();
    });
}

/// Invariant: an await of a reference leaves the promise, which may be awaited again.
#[test]
fn a_promise_is_awaited_by_reference_and_then_itself() {
    explore(|_| {
        let (p, resolves) = resolved();
        assert_eq!(async_mech::wait(&p), 42);
        assert_eq!(p.wait(), 42);
        resolves.join().unwrap();
    });
}

/// Invariant: whatever a thread waits in, one completion ends all waits for the promise.
#[test]
fn an_await_an_outcome_a_timed_wait_and_a_poll_end_together() {
    explore(|_| {
        let (p, resolver) = promise::<u32>();
        let [awaits, fails, polls] = [p.clone(), p.clone(), p.clone()];
        let waits = [
            invoke!(move || awaits.outcome().unwrap_err().kind()),
            invoke!(move || timed(fails).unwrap_err().kind()),
            invoke!(move || block_on(polls.into_future().outcome()).unwrap_err().kind()),
        ];
        let drops = thread::spawn(move || drop(resolver));
        for kind in waits {
            assert_eq!(kind.wait(), FailureKind::Abandoned);
        }
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
        drops.join().unwrap();
    });
}

/// Invariant: a channel gets its one message from whoever completes the promise.
#[test]
fn a_receiver_has_its_message_when_the_promise_is_completed() {
    explore(|_| {
        let (p, resolves) = resolved();
        let receiver = p.receiver();
        resolves.join().unwrap();
        // Not `recv`: a model checker's thread must not block in a channel of others.
        assert_eq!(receiver.try_recv().expect("one message").unwrap(), 42);
        assert!(receiver.try_recv().is_err());
    });
}

/// Invariant: an execution that waits in turn is woken each time, though its thread's last wake may
/// come late.
#[test]
fn a_thread_that_waits_twice_is_woken_twice() {
    explore(|_| {
        let ((p, one), (q, other)) = (resolved(), resolved());
        let both = invoke!(move || p.wait() + timed(q).unwrap());
        assert_eq!(both.wait(), 84);
        one.join().unwrap();
        other.join().unwrap();
    });
}

/// Invariant: a join, and an await inside the scope, of one promise are both woken.
#[test]
fn a_joiner_and_a_child_are_woken() {
    explore(|_| {
        let (p, resolves) = resolved();
        let sum = scope(|s| {
            let child = s.invoke(|| async_mech::wait(&p));
            s.invoke(|| async_mech::wait(&p)).detach();
            child.wait()
        });
        assert_eq!(sum + p.wait(), 84);
        resolves.join().unwrap();
    });
}
