//! Combinators and linking: every combined promise completes, whoever completes what when.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model.

use std::sync::Arc;

use async_mech::{EventLoop, FailureKind, Promise, Resolver, promise, wait};
use shuttle::thread;

fn explore(model: fn(&EventLoop)) {
    let model = move |event_loop: &EventLoop| {
        model(event_loop);
        assert!(event_loop.snapshot().promises.is_empty(), "the loop keeps nothing");
    };
    models::explore(6_000, 1_000, move || models::in_loop(true, None, model));
}

/// Two promises, which two threads complete: the second with a value if it is to.
fn two(succeeds: bool) -> ([Promise<u32>; 2], impl FnOnce()) {
    let ((p, resolve_p), (q, resolve_q)) = (promise(), promise::<u32>());
    let one = thread::spawn(move || resolve_p.resolve(1));
    let other =
        thread::spawn(move || if succeeds { resolve_q.resolve(2) } else { drop(resolve_q) });
    ([p, q], move || {
        one.join().unwrap();
        other.join().unwrap();
    })
}

/// Two promises, which two threads complete with that value.
fn two_of(value: &Arc<()>) -> ([Promise<Arc<()>>; 2], impl FnOnce()) {
    let resolves = |resolver: Resolver<Arc<()>>| {
        let value = Arc::clone(value);
        thread::spawn(move || resolver.resolve(value))
    };
    let ((p, resolve_p), (q, resolve_q)) = (promise(), promise());
    let threads = [resolves(resolve_p), resolves(resolve_q)];
    ([p, q], move || threads.into_iter().for_each(|thread| thread.join().unwrap()))
}

#[test]
fn all_completes_once_both_inputs_have() {
    explore(|_| {
        let (promises, join) = two(true);
        assert_eq!(Promise::all(promises).wait(), [1, 2]);
        join();
    });
}

#[test]
fn all_fails_whichever_input_is_told_of_first() {
    explore(|_| {
        let (promises, join) = two(false);
        let failure = Promise::all(promises).outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Abandoned);
        join();
    });
}

#[test]
fn any_gives_the_only_value() {
    explore(|_| {
        let (promises, join) = two(false);
        assert_eq!(Promise::any(promises).wait(), 1);
        join();
    });
}

#[test]
fn race_gives_one_of_both() {
    explore(|_| {
        let (promises, join) = two(true);
        assert!((1..=2).contains(&Promise::race(promises).wait()));
        join();
    });
}

#[test]
fn as_completed_gives_both() {
    explore(|_| {
        let (promises, join) = two(true);
        let mut sum = 0;
        for (index, outcome) in Promise::as_completed(promises) {
            assert_eq!(outcome.unwrap(), index as u32 + 1);
            sum += index + 1;
        }
        assert_eq!(sum, 3);
        join();
    });
}

#[test]
fn a_tuple_gives_both_or_the_failure() {
    explore(|_| {
        let ([p, q], join) = two(true);
        assert_eq!(wait((p, q)), (1, 2));
        join();
        let ([p, q], join) = two(false);
        let both = Promise::all([p, q]);
        let (other, resolver) = promise::<()>();
        resolver.resolve(());
        let waits = std::panic::AssertUnwindSafe(|| wait((both, other)));
        assert!(std::panic::catch_unwind(waits).is_err());
        join();
    });
}

#[test]
fn values_are_dropped_once_where_the_combined_promise_is_dropped() {
    explore(|_| {
        let value = Arc::new(());
        let (promises, join) = two_of(&value);
        drop(Promise::all(promises));
        join();
        assert_eq!(Arc::strong_count(&value), 1);
    });
}

#[test]
fn flatten_completes_whichever_promise_does_first() {
    explore(|_| {
        let ((outer, resolve_outer), (inner, resolve_inner)) = (promise(), promise());
        let one = thread::spawn(move || resolve_outer.resolve(inner));
        let other = thread::spawn(move || resolve_inner.resolve(7));
        assert_eq!(outer.flatten().wait(), 7);
        one.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn then_is_invoked_once_its_promise_is_completed() {
    explore(|_| {
        let (p, resolver) = promise();
        let resolving = thread::spawn(move || resolver.resolve(6));
        assert_eq!(p.then(|n| n * 7).wait(), 42);
        resolving.join().unwrap();
    });
}

#[test]
fn of_two_links_that_close_a_circle_together_both_fail() {
    explore(|_| {
        let ((p, resolve_p), (q, resolve_q)) = (promise::<Promise<u32>>(), promise());
        let (p, q) = (p.flatten(), q.flatten());
        let (again_p, again_q) = (p.clone(), q.clone());
        let one = thread::spawn(move || resolve_p.resolve(again_q));
        let other = thread::spawn(move || resolve_q.resolve(again_p));
        for p in [p, q] {
            assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
        }
        one.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_linked_promise_that_is_cancelled_beside_its_linking_cancels_the_inner_one() {
    explore(|_| {
        let ((outer, resolve_outer), (inner, resolve_inner)) = (promise(), promise::<u32>());
        let flat = outer.flatten();
        let linking = thread::spawn(move || resolve_outer.resolve(inner));
        flat.cancel();
        linking.join().unwrap();
        assert_eq!(flat.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        // Nobody holds it any more.
        resolve_inner.resolve(1);
    });
}

/// Invariant: links that complete each other's inputs all run, one after the other.
#[test]
fn links_that_complete_each_other_all_run() {
    explore(|_| {
        let (p, resolver) = promise();
        let (q, other) = promise();
        let nested = Promise::race([Promise::all([Promise::any([p])]), Promise::all([q])]);
        let resolves = thread::spawn(move || resolver.resolve(1));
        assert_eq!(nested.wait(), [1]);
        other.resolve(2);
        resolves.join().unwrap();
    });
}

/// Invariant: an input may be that of several combinators, each of which hears of it.
#[test]
fn two_combinators_share_their_inputs() {
    explore(|_| {
        let ([p, q], join) = two(true);
        let race = Promise::race([p.clone(), q.clone()]);
        assert_eq!(Promise::all_settled([p, q]).wait().len(), 2);
        assert!((1..=2).contains(&race.wait()));
        join();
    });
}

/// Invariant: of the inputs' completion and a cancel one completes the combined promise, and what
/// the combinator held is let go.
#[test]
fn a_combined_promise_is_cancelled_beside_its_inputs() {
    explore(|_| {
        let ([p, q], join) = two(true);
        let all = Promise::all([p, q]);
        let canceller = all.canceller();
        let cancels = thread::spawn(move || canceller.cancel());
        match all.outcome() {
            Ok(values) => assert_eq!(values, [1, 2]),
            Err(failure) => assert_eq!(failure.kind(), FailureKind::Cancelled),
        }
        cancels.join().unwrap();
        join();
    });
}

/// Invariant: an iterator that is dropped beside completions lets all its inputs go.
#[test]
fn as_completed_is_dropped_beside_completions() {
    explore(|_| {
        let value = Arc::new(());
        let (promises, join) = two_of(&value);
        let first = Promise::as_completed(promises).next();
        assert!(first.is_some_and(|(_, outcome)| outcome.is_ok()));
        join();
        assert_eq!(Arc::strong_count(&value), 1);
    });
}
