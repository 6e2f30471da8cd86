//! Several promises as one: all, all_settled, any, race, as_completed.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use async_mech::{
    AggregateFailure, EventLoop, Failure, FailureKind, Promise, Resolver, invoke, promise,
};
use tests::{Random, Watchdog, occupy};

fn many<T: Send + 'static>(n: usize) -> (Vec<Promise<T>>, Vec<Resolver<T>>) {
    (0..n).map(|_| promise()).unzip()
}

fn completed<T: Send + 'static>(value: T) -> Promise<T> {
    let (p, resolver) = promise();
    resolver.resolve(value);
    p
}

fn failed<T: Send + 'static>(message: &'static str) -> Promise<T> {
    let (p, resolver) = promise();
    resolver.fail(Message(message));
    p
}

#[derive(Debug)]
struct Message(&'static str);

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Message {}

fn failures(failure: &Failure) -> Vec<&str> {
    let source = failure.source().expect("any fails with a source");
    let all: &AggregateFailure = source.downcast_ref().expect("an aggregate");
    all.failures().iter().map(Failure::message).collect()
}

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

#[test]
fn as_completed_may_be_left_early() {
    let (promises, resolvers) = many(3);
    let value = Arc::new(());
    let mut resolvers = resolvers.into_iter();
    let mut outcomes = Promise::as_completed(promises);
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    assert!(outcomes.next().is_some());
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    drop(outcomes);
    assert_eq!(Arc::strong_count(&value), 1, "what was not given out has been dropped");
    resolvers.next().expect("three").resolve(Arc::clone(&value));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn invocations_may_be_combined() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let squares = || (0..100u64).map(|n| invoke!(move || n * n));
        assert_eq!(Promise::all(squares()).wait(), (0..100).map(|n| n * n).collect::<Vec<_>>());
        assert!(Promise::race(squares()).wait() < 10_000);
        assert!(Promise::any(squares()).wait() < 10_000);
        assert!(Promise::all_settled(squares()).wait().iter().all(Result::is_ok));
        let mut seen = [false; 100];
        for (index, outcome) in Promise::as_completed(squares()) {
            assert_eq!(outcome.expect("a value"), (index * index) as u64);
            assert!(!std::mem::replace(&mut seen[index], true));
        }
        assert!(seen.iter().all(|&seen| seen));
    });
}

#[test]
fn combinators_may_be_combined() {
    let halves = || [0, 50].map(|from| Promise::all((from..from + 50).map(|n| invoke!(|| n))));
    let all = Promise::all(halves()).wait().concat();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
    assert_eq!(Promise::race(halves()).wait().len(), 50);
    let failure = Promise::any([Promise::all([failed::<u32>("deep")])]).outcome().unwrap_err();
    assert_eq!(failures(&failure), ["deep"]);
    assert!(failure.message().starts_with("the only promise failed: "), "{failure}");
}

#[test]
fn a_combined_promise_can_be_cloned_and_so_can_the_inputs() {
    let p = invoke!(|| String::from("shared"));
    let all = Promise::all([p.clone(), p.clone(), p.clone()]);
    let again = all.clone();
    assert_eq!(all.wait(), ["shared"; 3]);
    assert_eq!(Promise::race([p.clone(), p]).wait(), "shared");
    assert_eq!(again.wait(), ["shared"; 3]);
}

#[test]
fn values_need_be_neither_sync_nor_clone() {
    struct Neither(Cell<u32>);
    let make = || (0..3).map(|n| invoke!(move || Neither(Cell::new(n))));
    let sum: u32 = Promise::all(make()).wait().into_iter().map(|value| value.0.get()).sum();
    assert_eq!(sum, 3);
    assert!(Promise::race(make()).wait().0.get() < 3);
    assert!(Promise::any(make()).wait().0.get() < 3);
    assert_eq!(Promise::all_settled(make()).wait().len(), 3);
    assert_eq!(Promise::as_completed(make()).count(), 3);
}

#[test]
fn each_value_is_dropped_once() {
    let value = Arc::new(());
    let make = || (0..10).map(|_| completed(Arc::clone(&value)));
    drop(Promise::all(make()));
    drop(Promise::all_settled(make()));
    drop(Promise::race(make()).wait());
    drop(Promise::any(make()).wait());
    drop(Promise::all(make().chain([failed("no value")])).outcome());
    drop(Promise::as_completed(make()));
    drop(Promise::as_completed(make()).collect::<Vec<_>>());
    assert_eq!(Arc::strong_count(&value), 1);
}

/// Panics when dropped, as often as there are of them.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("a destructor");
        }
    }
}

#[test]
fn a_destructor_that_panics_harms_nobody() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let bombs = || (0..3).map(|_| invoke!(|| Bomb));
        // Nobody takes the losers' values, nor these promises'.
        std::mem::forget(Promise::race(bombs()).wait());
        std::mem::forget(Promise::any(bombs()).wait());
        drop(Promise::all(bombs()));
        drop(Promise::all_settled(bombs()));
        let all = Promise::all(bombs().chain([failed("after all")]));
        assert!(all.outcome().is_err());
        // The loop still works.
        assert_eq!(Promise::all([invoke!(|| 1), invoke!(|| 2)]).wait(), [1, 2]);
        while !event_loop.snapshot().promises.is_empty() {
            thread::yield_now();
        }
    });
}

/// Its clones panic.
#[derive(Debug)]
struct Unclonable;

impl Clone for Unclonable {
    fn clone(&self) -> Unclonable {
        panic!("not this one")
    }
}

#[test]
fn a_clone_that_panics_fails_what_needs_it() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        // The runtime clones on whatever thread completes the promise: here one of its own.
        let combined = |combine: fn(Vec<Promise<Unclonable>>) -> Promise<Failure>| {
            let (go, goes) = channel::<()>();
            let p = invoke!(move || {
                let _ = goes.recv();
                Unclonable
            });
            let id = p.id();
            let failure = combine(vec![p.clone()]);
            drop(go);
            let failure = failure.wait();
            assert_eq!(failure.message(), "not this one");
            assert_eq!(failure.kind(), FailureKind::Panicked);
            assert_eq!(failure.origin().id(), id);
            p.wait();
        };
        combined(|promises| outcome_of(Promise::all(promises)));
        combined(|promises| outcome_of(Promise::race(promises)));
        combined(|promises| outcome_of(Promise::any(promises)));
        combined(|promises| {
            Promise::all_settled(promises).then(|mut all| all.remove(0).unwrap_err())
        });
        combined(|promises| {
            let mut outcomes = Promise::as_completed(promises);
            invoke!(move || outcomes.next().expect("one").1.unwrap_err())
        });
    });
}

/// The failure of a promise that must fail.
fn outcome_of<T: Send + 'static>(p: Promise<T>) -> Promise<Failure> {
    Promise::all_settled([p]).then(|mut outcomes| match outcomes.remove(0) {
        Ok(_) => panic!("it was to fail"),
        Err(failure) => failure,
    })
}

/// Uses the promises; calls the function when the last of them may be resolved.
type Use<'a> = &'a mut dyn FnMut(Vec<Promise<usize>>, &mut dyn FnMut());

#[test]
fn a_hundred_thousand_inputs_are_fine() {
    const N: usize = 100_000;
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        // Completed before, during and after registration, in whatever order.
        let mut random = Random::new(1);
        let mut split = |promises: Vec<Promise<usize>>,
                         mut resolvers: Vec<(usize, Resolver<usize>)>| {
            for at in (1..resolvers.len()).rev() {
                let other = random.below(at as u64 + 1) as usize;
                resolvers.swap(at, other);
            }
            let last = resolvers.split_off(2 * N / 3);
            let meanwhile = resolvers.split_off(N / 3);
            resolvers.into_iter().for_each(|(n, resolver)| resolver.resolve(n));
            let resolving = thread::spawn(|| {
                meanwhile.into_iter().for_each(|(n, resolver)| resolver.resolve(n));
            });
            (promises, resolving, last)
        };
        let mut each = |use_them: Use<'_>| {
            let (promises, resolvers) = many(N);
            let resolvers = resolvers.into_iter().enumerate().collect();
            let (promises, resolving, last) = split(promises, resolvers);
            let mut last = Some(last);
            use_them(promises, &mut || {
                for (n, resolver) in last.take().into_iter().flatten() {
                    resolver.resolve(n);
                }
            });
            resolving.join().unwrap();
        };
        each(&mut |promises, resolve_the_last| {
            let all = Promise::all(promises);
            resolve_the_last();
            assert!(all.wait().into_iter().eq(0..N));
        });
        each(&mut |promises, resolve_the_last| {
            let all = Promise::all_settled(promises);
            resolve_the_last();
            assert!(all.wait().into_iter().map(Result::unwrap).eq(0..N));
        });
        each(&mut |promises, resolve_the_last| {
            assert!(Promise::any(promises).wait() < N);
            resolve_the_last();
        });
        each(&mut |promises, resolve_the_last| {
            assert!(Promise::race(promises).wait() < N);
            resolve_the_last();
        });
        each(&mut |promises, resolve_the_last| {
            let outcomes = Promise::as_completed(promises);
            resolve_the_last();
            let mut seen = vec![false; N];
            for (index, outcome) in outcomes {
                assert_eq!(outcome.expect("a value"), index);
                assert!(!std::mem::replace(&mut seen[index], true));
            }
            assert!(seen.into_iter().all(|seen| seen));
        });
    });
}

#[test]
fn inputs_may_complete_while_they_are_registered() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (send, resolvers) = channel::<Vec<Resolver<usize>>>();
        let resolving = thread::spawn(move || {
            for resolvers in resolvers {
                for (n, resolver) in resolvers.into_iter().enumerate() {
                    if n % 5 == 3 { resolver.fail(Message("three")) } else { resolver.resolve(n) }
                }
            }
        });
        for round in 0..5_000 {
            let (promises, resolvers) = many(1 + round % 7);
            let n = promises.len();
            send.send(resolvers).unwrap();
            match round % 5 {
                0 => {
                    let all = Promise::all(promises).outcome();
                    match all {
                        Ok(values) => assert!(n <= 3 && values.into_iter().eq(0..n)),
                        Err(failure) => assert!(n > 3 && failure.message() == "three"),
                    }
                }
                1 => assert_eq!(Promise::all_settled(promises).wait().len(), n),
                2 => assert!(Promise::any(promises).wait() < n),
                3 => match Promise::race(promises).outcome() {
                    Ok(value) => assert!(value < n),
                    Err(failure) => assert_eq!(failure.message(), "three"),
                },
                _ => {
                    let mut indexes: Vec<_> =
                        Promise::as_completed(promises).map(|(index, _)| index).collect();
                    indexes.sort_unstable();
                    assert!(indexes.into_iter().eq(0..n));
                }
            }
        }
        drop(send);
        resolving.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

/// A loop whose only thread is busy, so that what is invoked stays queued until awaited.
fn with_a_busy_loop<T>(f: impl FnOnce(&EventLoop) -> T) -> T {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let result = event_loop.run(|| f(&event_loop));
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    result
}

#[test]
fn an_awaiter_lends_its_thread_to_the_last_input() {
    with_a_busy_loop(|_| {
        let me = thread::current().id();
        let whoami = || invoke!(|| thread::current().id());
        let all = Promise::all([completed(me), whoami(), completed(me)]);
        assert_eq!(all.wait()[1], me);
        let settled = Promise::all_settled([failed("one"), whoami()]);
        assert_eq!(*settled.wait()[1].as_ref().expect("a value"), me);
        // Through combinators of combinators, too.
        let nested = Promise::all([Promise::all([whoami()]).then(|ids| ids[0]), completed(me)]);
        assert_eq!(nested.wait()[0], me);
    });
}

#[test]
fn no_thread_waits_on_behalf_of_a_combinator() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let mut combined = Vec::new();
        let mut all_resolvers = Vec::new();
        for _ in 0..100 {
            let (promises, resolvers) = many::<u32>(10);
            all_resolvers.extend(resolvers);
            let mut promises = promises.into_iter();
            let mut two = || [promises.next().unwrap(), promises.next().unwrap()];
            combined.push(Promise::all(two()).then(|values| values[0]));
            combined.push(Promise::all_settled(two()).then(|_| 1));
            combined.push(Promise::any(two()));
            combined.push(Promise::race(two()));
        }
        assert_eq!(event_loop.snapshot().threads, 0);
        let awaiters = event_loop.snapshot().awaiters;
        let waiting = awaiters.values().filter(|awaiters| !awaiters.is_empty()).count();
        assert!(waiting >= 800, "a snapshot shows what waits for what: {waiting}");
        for resolver in all_resolvers {
            resolver.resolve(1);
        }
        assert!(Promise::all(combined).wait().into_iter().all(|value| value == 1));
    });
}

#[test]
fn losers_run_on() {
    let (go, goes) = channel::<()>();
    let (done, is_done) = channel();
    let loser = invoke!(move || {
        let _ = goes.recv();
        done.send("ran on").unwrap();
        "loser"
    });
    assert_eq!(Promise::race([loser, completed("winner")]).wait(), "winner");
    drop(go);
    assert_eq!(is_done.recv(), Ok("ran on"));
}

#[test]
fn a_combined_promise_may_be_dropped() {
    let value = Arc::new(());
    for combine in [
        |promises: Vec<_>| drop(Promise::all(promises)),
        |promises| drop(Promise::all_settled(promises)),
        |promises| drop(Promise::any(promises)),
        |promises| drop(Promise::race(promises)),
        |promises| drop(Promise::as_completed(promises)),
    ] {
        let (promises, resolvers) = many(3);
        combine(promises);
        for resolver in resolvers {
            resolver.resolve(Arc::clone(&value));
        }
        assert_eq!(Arc::strong_count(&value), 1);
    }
}

#[test]
fn the_iterator_of_inputs_may_panic() {
    let (p, resolver) = promise();
    let inputs = [p].into_iter().chain(std::iter::once_with(|| panic!("while it is asked")));
    let panicked = catch_unwind(AssertUnwindSafe(|| Promise::all(inputs).detach()));
    assert!(panicked.is_err());
    resolver.resolve(1);
}

#[test]
fn a_destructor_called_by_a_combinator_may_await_another() {
    static AWAITED: AtomicBool = AtomicBool::new(false);
    /// Resolves an input of a combined promise, and awaits that.
    struct Awaits(Option<(Resolver<u32>, Promise<Vec<u32>>)>);
    impl Drop for Awaits {
        fn drop(&mut self) {
            let (resolver, all) = self.0.take().expect("once");
            resolver.resolve(7);
            AWAITED.store(all.wait() == [7], Ordering::Relaxed);
        }
    }
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (p, resolver) = promise();
        let awaits = Awaits(Some((resolver, Promise::all([p]))));
        let (fails, resolver) = promise();
        let all = Promise::all([completed(awaits), fails]);
        // Drops the value of the other one.
        resolver.fail(Message("after all"));
        assert!(all.outcome().is_err());
        while !AWAITED.load(Ordering::Relaxed) {
            thread::yield_now();
        }
    });
}
