//! What each combinator gives, and when.

use std::error::Error;
use std::thread;

use crate::{Message, failed, failures, many};
use async_mech::{Failure, FailureKind, Promise, promise};
use tests::completed;

#[test]
fn all_gives_the_values_in_the_order_of_the_promises() {
    let (promises, mut resolvers) = many(5);
    let all = Promise::all(promises);
    for n in [3, 0, 4, 1, 2] {
        assert!(!all.is_completed());
        std::mem::replace(&mut resolvers[n], promise().1).resolve(n);
    }
    assert!(all.is_completed());
    assert_eq!(all.wait(), [0, 1, 2, 3, 4]);
}

#[test]
fn all_fails_at_once_with_the_first_failure() {
    let (promises, mut resolvers) = many::<u32>(4);
    let ids: Vec<_> = promises.iter().map(Promise::id).collect();
    let all = Promise::all(promises);
    let id = all.id();
    resolvers.remove(0).resolve(0);
    resolvers.remove(1).fail(Message("two"));
    assert!(all.is_completed());
    resolvers.remove(0).fail(Message("one"));
    let failure = all.outcome().unwrap_err();
    assert_eq!((failure.message(), failure.kind()), ("two", FailureKind::Failed));
    assert_eq!((failure.id(), failure.name()), (id, "all"));
    let source = failure.source().and_then(|source| source.downcast_ref::<Failure>());
    assert_eq!(source.expect("the failure of the input").id(), ids[2]);
    assert_eq!(failure.file(), file!());
}

#[test]
fn all_of_promises_that_had_failed_takes_the_first_of_them() {
    let (pending, _resolver) = promise();
    let all = Promise::all([pending, completed(1), failed("two"), failed("three")]);
    assert_eq!(all.outcome().unwrap_err().message(), "two");
}

#[test]
fn all_settled_gives_every_outcome_in_the_order_of_the_promises() {
    let (promises, mut resolvers) = many::<u32>(4);
    let all = Promise::all_settled(promises);
    drop(resolvers.pop());
    resolvers.pop().expect("four").resolve(2);
    resolvers.pop().expect("four").fail(Message("one"));
    assert!(!all.is_completed());
    resolvers.pop().expect("four").resolve(0);
    let outcomes: Vec<_> =
        all.wait().into_iter().map(|outcome| outcome.map_err(|failure| failure.kind())).collect();
    let kinds = (FailureKind::Failed, FailureKind::Abandoned);
    assert_eq!(outcomes, [Ok(0), Err(kinds.0), Ok(2), Err(kinds.1)]);
}

#[test]
fn any_gives_the_first_value_whatever_failed_before() {
    let (promises, mut resolvers) = many(3);
    let any = Promise::any(promises);
    resolvers.remove(0).fail(Message("zero"));
    assert!(!any.is_completed());
    resolvers.remove(1).resolve("two");
    assert!(any.is_completed());
    resolvers.remove(0).resolve("one");
    assert_eq!(any.wait(), "two");
}

#[test]
fn any_fails_with_all_the_failures_in_the_order_of_the_promises() {
    let (promises, mut resolvers) = many::<u32>(5);
    let any = Promise::any(promises);
    for (n, message) in [(3, "3"), (0, "0"), (4, "4"), (1, "1"), (2, "2")] {
        assert!(!any.is_completed());
        std::mem::replace(&mut resolvers[n], promise().1).fail(Message(message));
    }
    let failure = any.outcome().unwrap_err();
    assert_eq!(failures(&failure), ["0", "1", "2", "3", "4"]);
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert!(failure.message().starts_with("all 5 promises failed: "), "{failure}");
    assert!(failure.message().ends_with("; and 2 more"), "{failure}");
}

#[test]
fn race_takes_the_first_outcome_value_or_failure() {
    let (promises, mut resolvers) = many(3);
    let race = Promise::race(promises);
    resolvers.remove(1).resolve("one");
    resolvers.remove(0).resolve("zero");
    assert_eq!(race.wait(), "one");

    let (promises, mut resolvers) = many::<u32>(3);
    let race = Promise::race(promises);
    resolvers.remove(1).fail(Message("one"));
    resolvers.remove(0).resolve(0);
    assert_eq!(race.outcome().unwrap_err().message(), "one");
}

#[test]
fn of_promises_that_are_completed_the_first_one_wins() {
    let (pending, _resolver) = promise();
    assert_eq!(Promise::race([pending, completed(1), completed(2)]).wait(), 1);
    assert_eq!(Promise::any([failed("zero"), completed(1), completed(2)]).wait(), 1);
    let race = Promise::race([failed("zero"), completed(1)]);
    assert_eq!(race.outcome().unwrap_err().message(), "zero");
    assert_eq!(Promise::all([completed(1), completed(2)]).wait(), [1, 2]);
}

#[test]
fn of_no_promises_all_is_empty_and_any_and_race_fail() {
    assert!(Promise::<u32>::all([]).wait().is_empty());
    assert!(Promise::<u32>::all_settled([]).wait().is_empty());
    assert_eq!(Promise::<u32>::as_completed([]).count(), 0);

    let failure = Promise::<u32>::any([]).outcome().unwrap_err();
    assert!(failures(&failure).is_empty());
    assert!(failure.message().contains("any of no promises"), "{failure}");

    let failure = Promise::<u32>::race([]).outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert!(failure.message().contains("race of no promises"), "{failure}");
    assert_eq!((failure.name(), failure.file()), ("race", file!()));
}

#[test]
fn as_completed_gives_the_outcomes_in_the_order_in_which_they_come() {
    let (promises, mut resolvers) = many(4);
    let mut outcomes = Promise::as_completed(promises);
    assert_eq!(outcomes.len(), 4);
    resolvers.remove(2).resolve("two");
    resolvers.remove(0).fail(Message("zero"));
    let (index, outcome) = outcomes.next().expect("the first");
    assert_eq!((index, outcome.expect("a value")), (2, "two"));
    assert_eq!(outcomes.len(), 3);
    resolvers.remove(1).resolve("three");
    let (index, outcome) = outcomes.next().expect("the second");
    assert_eq!((index, outcome.unwrap_err().message()), (0, "zero"));
    let (index, outcome) = outcomes.next().expect("the third");
    assert_eq!((index, outcome.expect("a value")), (3, "three"));
    assert_eq!(format!("{outcomes:?}"), "AsCompleted { pending: 1, completed: 0 }");
    let resolver = resolvers.remove(0);
    let resolved = thread::spawn(|| resolver.resolve("one"));
    let (index, outcome) = outcomes.next().expect("the last");
    assert_eq!((index, outcome.expect("a value")), (1, "one"));
    assert_eq!(outcomes.len(), 0);
    assert!(outcomes.next().is_none());
    assert!(outcomes.next().is_none());
    resolved.join().unwrap();
}
