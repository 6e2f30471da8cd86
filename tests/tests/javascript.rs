//! What JavaScript's promises do, as far as it has a counterpart here: each fact, and whether it
//! holds. Where it does not, that is meant, and the reason stands beside it.

use std::error::Error;

use async_mech::{AggregateFailure, Failure, FailureKind, Promise, Resolver, promise};

/// How an input ends. `Later` is after the combinator was called, in the order of the inputs.
#[derive(Clone, Copy)]
enum Input {
    Value(u32),
    Fails(u32),
    LaterValue(u32),
    LaterFails(u32),
    Never,
}
use Input::{Fails, LaterFails, LaterValue, Never, Value};

/// How the combined promise ends.
#[derive(Debug, PartialEq)]
enum End {
    Pending,
    /// Of `any` and `race`: one value.
    One(u32),
    All(Vec<u32>),
    Settled(Vec<Result<u32, u32>>),
    Failed(u32),
    /// JavaScript's `AggregateError`.
    FailedWith(Vec<u32>),
    /// Fails with a message of the runtime.
    Refused,
}
use End::{All, Failed, FailedWith, One, Pending, Refused, Settled};

#[derive(Debug)]
struct Code(u32);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code {}", self.0)
    }
}

impl Error for Code {}

/// The code that the promise was failed with, through whatever links.
fn code(failure: &Failure) -> Option<u32> {
    let source = failure.origin().source()?;
    source.downcast_ref::<Code>().map(|code| code.0)
}

fn end(failure: &Failure) -> End {
    let aggregate = failure.origin().source().and_then(|source| source.downcast_ref());
    if let Some(all) = aggregate {
        let all: &AggregateFailure = all;
        return FailedWith(all.failures().iter().filter_map(code).collect());
    }
    code(failure).map_or(Refused, Failed)
}

/// The promises, and what is still to be resolved.
struct Inputs {
    promises: Vec<Promise<u32>>,
    later: Vec<(Resolver<u32>, Input)>,
}

impl Inputs {
    fn new(inputs: &[Input]) -> Inputs {
        let (mut promises, mut later) = (Vec::new(), Vec::new());
        for &input in inputs {
            let (p, resolver) = promise();
            promises.push(p);
            match input {
                Value(value) => resolver.resolve(value),
                Fails(code) => resolver.fail(Code(code)),
                _ => later.push((resolver, input)),
            }
        }
        Inputs { promises, later }
    }

    /// Ends the rest, and says how the combined promise had ended before the resolvers go.
    fn end<T: Send + 'static>(self, p: Promise<T>, value: impl Fn(T) -> End) -> End {
        let mut never = Vec::new();
        for (resolver, input) in self.later {
            match input {
                LaterValue(value) => resolver.resolve(value),
                LaterFails(code) => resolver.fail(Code(code)),
                _ => never.push(resolver),
            }
        }
        match p.try_wait() {
            Ok(Ok(given)) => value(given),
            Ok(Err(failure)) => end(&failure),
            Err(_) => Pending,
        }
    }
}

fn all(inputs: &[Input]) -> End {
    let mut inputs = Inputs::new(inputs);
    let p = Promise::all(std::mem::take(&mut inputs.promises));
    inputs.end(p, All)
}

fn all_settled(inputs: &[Input]) -> End {
    let mut inputs = Inputs::new(inputs);
    let p = Promise::all_settled(std::mem::take(&mut inputs.promises));
    inputs.end(p, |outcomes| {
        let codes = outcomes.into_iter().map(|o| o.map_err(|f| code(&f).expect("a code")));
        Settled(codes.collect())
    })
}

fn any(inputs: &[Input]) -> End {
    let mut inputs = Inputs::new(inputs);
    let p = Promise::any(std::mem::take(&mut inputs.promises));
    inputs.end(p, One)
}

fn race(inputs: &[Input]) -> End {
    let mut inputs = Inputs::new(inputs);
    let p = Promise::race(std::mem::take(&mut inputs.promises));
    inputs.end(p, One)
}

type Combinator = fn(&[Input]) -> End;

/// A fact about JavaScript, the inputs that show it, and what happens here.
type Fact = (&'static str, Combinator, &'static [Input], End);

fn facts() -> Vec<Fact> {
    vec![
        // Promise.all
        (
            "fulfils with all values, ordered like the input",
            all,
            &[LaterValue(1), Value(2), LaterValue(3)],
            All(vec![1, 2, 3]),
        ),
        ("fulfils with an empty array for an empty iterable", all, &[], All(vec![])),
        ("keeps waiting while one is pending", all, &[Value(1), Never], Pending),
        ("rejects as soon as one rejects, others pending", all, &[Never, LaterFails(2)], Failed(2)),
        (
            "rejects with whichever rejects first",
            all,
            &[Never, LaterFails(2), LaterFails(3)],
            Failed(2),
        ),
        (
            "prefers what is already rejected to an earlier one that rejects later",
            all,
            &[LaterFails(1), Fails(2)],
            Failed(2),
        ),
        ("prefers the first of those already rejected", all, &[Fails(1), Fails(2)], Failed(1)),
        // Promise.allSettled
        (
            "reports every outcome, ordered like the input",
            all_settled,
            &[LaterFails(1), Value(2), LaterValue(3)],
            Settled(vec![Err(1), Ok(2), Ok(3)]),
        ),
        ("fulfils with an empty array for an empty iterable", all_settled, &[], Settled(vec![])),
        ("does not end early on a rejection", all_settled, &[Fails(1), Never], Pending),
        ("never rejects", all_settled, &[Fails(1), Fails(2)], Settled(vec![Err(1), Err(2)])),
        // Promise.any
        (
            "fulfils with the first value, ignoring rejections before it",
            any,
            &[Fails(1), Never, LaterValue(3)],
            One(3),
        ),
        ("prefers the first of those already fulfilled", any, &[Never, Value(2), Value(3)], One(2)),
        (
            "keeps waiting while one is pending and the rest rejected",
            any,
            &[Fails(1), Never, LaterFails(3)],
            Pending,
        ),
        (
            "rejects with every reason, ordered like the input, once all have rejected",
            any,
            &[LaterFails(1), Fails(2), LaterFails(3)],
            FailedWith(vec![1, 2, 3]),
        ),
        (
            "rejects with an empty AggregateError for an empty iterable",
            any,
            &[],
            FailedWith(vec![]),
        ),
        // Promise.race
        (
            "settles like the first to settle: a value",
            race,
            &[Never, LaterValue(2), LaterFails(3)],
            One(2),
        ),
        (
            "settles like the first to settle: a reason",
            race,
            &[Never, LaterFails(2), LaterValue(3)],
            Failed(2),
        ),
        (
            "prefers the first of those already settled",
            race,
            &[Never, Fails(2), Value(3)],
            Failed(2),
        ),
        ("keeps waiting while all are pending", race, &[Never, Never], Pending),
        // DIFFERENT: JavaScript's race of nothing is pending for ever. Here a thread would wait for
        // it, and nobody could tell why.
        ("of an empty iterable: refused, where JavaScript's stays pending", race, &[], Refused),
    ]
}

#[test]
fn the_combinators_do_what_javascripts_do() {
    for (fact, combinator, inputs, expected) in facts() {
        assert_eq!(combinator(inputs), expected, "{fact}");
    }
}

#[test]
fn losers_are_not_stopped() {
    // As in JavaScript, where nothing can stop them.
    let (loser, resolver) = promise();
    let again = loser.clone();
    let (winner, wins) = promise();
    let race = Promise::race([loser, winner]);
    wins.resolve(1);
    assert_eq!(race.wait(), 1);
    assert!(!again.is_completed());
    resolver.resolve(2);
    assert_eq!(again.wait(), 2);
}

#[test]
fn a_promise_settles_once() {
    // DIFFERENT: later calls of JavaScript's resolve are ignored. Here a resolver is used up, so
    // there is no later call.
    let (p, resolver) = promise();
    resolver.resolve(1);
    assert_eq!(p.wait(), 1);
}

#[test]
fn the_same_promise_may_be_an_input_twice() {
    let (p, resolver) = promise();
    let all = Promise::all([p.clone(), p.clone(), p]);
    resolver.resolve(7);
    assert_eq!(all.wait(), [7, 7, 7]);
}

#[test]
fn then_is_not_called_on_a_failure() {
    // `then` with a handler for values only, as JavaScript's passes a reason on.
    let (p, resolver) = promise::<u32>();
    let then = p.then(|_| -> u32 { unreachable!("there is no value") });
    resolver.fail(Code(1));
    assert_eq!(code(&then.outcome().unwrap_err()), Some(1));
}

#[test]
fn what_then_throws_rejects() {
    let (p, resolver) = promise();
    let then = p.then(|n: u32| if n == 1 { panic!("thrown") } else { n });
    resolver.resolve(1);
    let failure = then.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "thrown"));
}

#[test]
fn then_never_calls_back_before_it_returns() {
    // DIFFERENT: JavaScript defers the callback to a later turn of its only thread. Here it is an
    // execution of its own, which may run at once, on another thread; never inside `then`'s caller
    // without an await.
    let (p, resolver) = promise();
    resolver.resolve(());
    let me = async_mech::current().id();
    assert_ne!(p.then(|()| async_mech::current().id()).wait(), me);
}

#[test]
fn a_promise_resolved_with_a_promise_follows_it() {
    // DIFFERENT: JavaScript adopts a promise by itself; a `Promise<Promise<T>>` cannot exist there.
    // Here it is a type of its own, and `flatten` says that it is to follow.
    let ((outer, resolve_outer), (inner, resolve_inner)) = (promise(), promise());
    let (flat, other) = (outer.flatten(), inner.clone());
    resolve_outer.resolve(inner);
    assert!(!flat.is_completed());
    resolve_inner.resolve(5);
    assert_eq!((flat.wait(), other.wait()), (5, 5));

    // The same where `then` returns a promise.
    let (p, resolver) = promise();
    let (inner, resolve_inner) = promise::<u32>();
    let then = p.then(|()| inner).flatten();
    resolver.resolve(());
    resolve_inner.fail(Code(3));
    assert_eq!(code(&then.outcome().unwrap_err()), Some(3));
}

#[test]
fn a_promise_resolved_with_itself_fails() {
    // JavaScript: a TypeError, for the direct case. DIFFERENT: a longer circle stays pending there,
    // and fails here.
    let (p, resolver) = promise::<Promise<u32>>();
    let flat = p.flatten();
    resolver.resolve(flat.clone());
    assert_eq!(flat.outcome().unwrap_err().kind(), FailureKind::Deadlock);

    let (p, resolver) = promise::<Promise<u32>>();
    let flat = p.flatten();
    resolver.resolve(flat.clone().then(|n| n));
    assert_eq!(flat.outcome().unwrap_err().kind(), FailureKind::Deadlock);
}
