//! Circles that several threads close at once, with shuttle: one await of each is told, nobody
//! hangs, and nobody else is told.
//!
//! An execution in which everybody waits is a deadlock to shuttle too, and fails the model.

use async_mech::{AggregateFailure, EventLoop, Failure, FailureKind, Promise, Resolver, promise};
use shuttle::thread;
use std::error::Error;

fn explore(model: fn()) {
    models::explore(3_000, 500, model);
}

/// On a loop whose threads are lent, and on one whose are not.
fn on_loops(model: fn(&EventLoop)) {
    for lend in [false, true] {
        models::in_loop(lend, None, model);
    }
}

type Handed = Promise<Promise<u32>>;
type Hands = Resolver<Promise<u32>>;

fn executions(event_loop: &EventLoop, n: usize) -> (Vec<Promise<u32>>, Vec<Hands>) {
    (0..n)
        .map(|_| {
            let (handed, hands): (Handed, Hands) = promise();
            (event_loop.invoke(move || handed.wait().wait()), hands)
        })
        .unzip()
}

fn close(executions: &[Promise<u32>], hands: Vec<Hands>) {
    let n = executions.len();
    for (at, hands) in hands.into_iter().enumerate() {
        hands.resolve(executions[(at + 1) % n].clone());
    }
}

fn is_own(failure: &Failure) -> bool {
    failure.kind() == FailureKind::Deadlock && failure.source().is_none()
}

fn leads_to_deadlock(failure: &Failure) -> bool {
    let aggregate = failure.origin().source().and_then(|error| error.downcast_ref());
    match aggregate.map(AggregateFailure::failures) {
        Some(failures) => failures.iter().any(leads_to_deadlock),
        None => failure.kind() == FailureKind::Deadlock,
    }
}

fn assert_one_is_told(executions: Vec<Promise<u32>>) {
    let failures: Vec<_> = executions.into_iter().map(|p| p.outcome().unwrap_err()).collect();
    assert!(failures.iter().all(leads_to_deadlock), "{failures:?}");
    assert_eq!(failures.iter().filter(|failure| is_own(failure)).count(), 1, "{failures:?}");
}

#[test]
fn of_two_that_close_a_circle_together_one_is_told() {
    explore(|| {
        on_loops(|event_loop| {
            let (executions, hands) = executions(event_loop, 2);
            close(&executions, hands);
            assert_one_is_told(executions);
        });
    });
}

#[test]
fn of_three_that_close_a_circle_together_one_is_told() {
    explore(|| {
        on_loops(|event_loop| {
            let (executions, hands) = executions(event_loop, 3);
            close(&executions, hands);
            assert_one_is_told(executions);
        });
    });
}

#[test]
fn nobody_is_told_when_what_was_missing_comes_at_the_last_moment() {
    explore(|| {
        on_loops(|event_loop| {
            // Both inputs lead back to the execution, but for a reply.
            let (reply, resolver) = promise();
            let (executions, mut hands) = executions(event_loop, 1);
            let inputs = [executions[0].clone(), reply];
            let p = event_loop.invoke(move || Promise::any(inputs).wait());
            hands.pop().expect("one").resolve(p.clone());
            let other = thread::spawn(move || resolver.resolve(7));
            assert_eq!(p.wait() + async_mech::wait(&executions[0]), 14);
            other.join().unwrap();
        });
    });
}

#[test]
fn any_is_stuck_when_the_promise_that_went_on_fails() {
    explore(|| {
        on_loops(|event_loop| {
            let (live, resolver) = promise::<u32>();
            let (executions, mut hands) = executions(event_loop, 1);
            let inputs = [executions[0].clone(), live];
            let p = event_loop.invoke(move || Promise::any(inputs).wait());
            hands.pop().expect("one").resolve(p.clone());
            let other = thread::spawn(move || drop(resolver));
            assert!(leads_to_deadlock(&p.outcome().unwrap_err()));
            let q = executions.into_iter().next().expect("one");
            assert!(leads_to_deadlock(&q.outcome().unwrap_err()));
            other.join().unwrap();
        });
    });
}

#[test]
fn all_fails_with_its_failed_promise_or_with_the_circle() {
    explore(|| {
        on_loops(|event_loop| {
            let (live, resolver) = promise::<u32>();
            let (executions, mut hands) = executions(event_loop, 1);
            let inputs = [executions[0].clone(), live];
            let p = event_loop.invoke(move || Promise::all(inputs).wait()[0]);
            hands.pop().expect("one").resolve(p.clone());
            let other = thread::spawn(move || drop(resolver));
            let kinds = [FailureKind::Deadlock, FailureKind::Abandoned];
            assert!(kinds.contains(&p.outcome().unwrap_err().kind()));
            let [q] = <[_; 1]>::try_from(executions).unwrap();
            assert!(kinds.contains(&q.outcome().unwrap_err().kind()));
            other.join().unwrap();
        });
    });
}

#[test]
fn a_circle_that_is_cancelled_as_it_closes_ends() {
    explore(|| {
        on_loops(|event_loop| {
            let (executions, hands) = executions(event_loop, 2);
            let victim = executions[0].clone();
            let other = thread::spawn(move || {
                victim.cancel();
            });
            close(&executions, hands);
            let kinds = [FailureKind::Deadlock, FailureKind::Cancelled];
            for p in executions {
                assert!(kinds.contains(&p.outcome().unwrap_err().kind()));
            }
            other.join().unwrap();
        });
    });
}

#[test]
fn a_flatten_that_closes_a_circle_as_others_park_is_seen() {
    explore(|| {
        on_loops(|event_loop| {
            let (outer, resolver) = promise::<Promise<u32>>();
            let flat = outer.flatten();
            let theirs = flat.clone();
            let p = event_loop.invoke(move || theirs.wait());
            let inner = p.clone();
            let other = thread::spawn(move || resolver.resolve(inner));
            assert!(is_own(&p.outcome().unwrap_err()));
            assert!(leads_to_deadlock(&flat.outcome().unwrap_err()));
            other.join().unwrap();
        });
    });
}

#[test]
fn a_function_that_awaits_the_then_it_runs_for_is_told() {
    explore(|| {
        on_loops(|event_loop| {
            let (value, resolver) = promise::<u32>();
            let (handed, hands): (Handed, Hands) = promise();
            let then = event_loop.run(|| value.then(move |_| handed.wait().wait()));
            hands.resolve(then.clone());
            let other = thread::spawn(move || resolver.resolve(1));
            assert!(leads_to_deadlock(&then.outcome().unwrap_err()));
            other.join().unwrap();
        });
    });
}

/// Resolves its promise when it is dropped, then awaits another one.
struct Cleanup(Option<(Resolver<()>, Promise<()>)>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        let (opens, goes_on) = self.0.take().expect("dropped once");
        opens.resolve(());
        goes_on.wait();
    }
}

/// Invariant: waits that are not there at one instant are no circle, and a thread that awaits
/// something else by now is not in the wait that was seen. Here the first one awaits the second
/// until it is cancelled, and only then the second comes to await the flattened promise, which waits
/// for the first. It waits for itself as well, but only in a race: so the graph is read as a whole.
///
/// What the first one awaits in the end comes from the thread that searches, once it has searched.
/// So all that it takes is one interruption, on the way from the first one to the second.
#[test]
fn a_wait_that_has_become_another_is_no_circle() {
    models::explore(500, 1_000, || {
        models::in_loop(false, None, |event_loop| {
            let ((gate, opens), (reply, resolver)) = (promise(), promise());
            let (outer, hand) = promise::<Promise<u32>>();
            let flat = outer.flatten();
            let of_second = flat.clone();
            let second = event_loop.invoke(move || {
                gate.wait();
                of_second.wait()
            });
            // A long way. Its end is held here too, or it would be cancelled with the first one.
            let second = (0..8).fold(second, |p, _| Promise::race([p]));
            let (awaited, cleanup) = (second.clone(), Cleanup(Some((opens, reply))));
            let (awaits, about_to) = promise();
            let first = event_loop.invoke(move || {
                let _cleanup = cleanup;
                about_to.resolve(());
                awaited.wait()
            });
            let canceller = first.canceller();
            let inner = Promise::race([first, Promise::race([flat.clone()])]);
            awaits.wait();
            // By a new thread: to shuttle's scheduler, one that has waited comes after all others.
            let searches = thread::spawn(move || {
                let cancels = thread::spawn(move || canceller.cancel());
                hand.resolve(inner);
                resolver.resolve(());
                cancels.join().unwrap();
            });
            for p in [flat, second] {
                assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
            }
            searches.join().unwrap();
        });
    });
}

/// Invariant: who has been cancelled goes on, as the search sees it, before it has noticed.
#[test]
fn a_circle_through_one_that_has_been_cancelled_is_none() {
    explore(|| {
        on_loops(|event_loop| {
            let (handed, hands) = promise::<Promise<()>>();
            let second = event_loop.invoke(move || handed.wait().outcome().map_err(|it| it.kind()));
            let awaited = second.clone();
            let first = event_loop.invoke(move || awaited.wait().unwrap_or(()));
            first.cancel();
            hands.resolve(first.clone());
            assert_eq!(second.wait(), Err(FailureKind::Cancelled));
            assert_eq!(first.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        });
    });
}
