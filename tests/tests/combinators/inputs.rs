//! What may be combined, and who waits for it.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;

use crate::{failed, failures, many};
use async_mech::{EventLoop, Promise, invoke, promise};
use tests::{Watchdog, completed, with_a_busy_loop};

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
fn an_awaiter_lends_its_thread_to_the_last_input() {
    with_a_busy_loop(true, || {
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
fn the_iterator_of_inputs_may_panic() {
    let (p, resolver) = promise();
    let inputs = [p].into_iter().chain(std::iter::once_with(|| panic!("while it is asked")));
    let panicked = catch_unwind(AssertUnwindSafe(|| Promise::all(inputs).detach()));
    assert!(panicked.is_err());
    resolver.resolve(1);
}
