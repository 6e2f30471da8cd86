//! Halves that wait: for each other, for their caller, and in spite of a ceiling.

use std::sync::mpsc::channel;

use async_mech::crossbeam_channel::bounded;
use async_mech::{EventLoop, FailureKind, Promise, invoke, join, promise};
use tests::{Watchdog, leads_to_deadlock, until_awaited};

use crate::{taken, with_loop};

#[test]
fn the_second_half_sends_what_the_first_receives() {
    with_loop(|_| {
        let (send, receive) = bounded(0);
        let (received, ()) = join(|| receive.recv().unwrap(), || send.send(7).unwrap());
        assert_eq!(received, 7);
    });
}

#[test]
fn the_halves_of_nested_joins_wait_for_each_other() {
    with_loop(|_| {
        let (send, receive) = bounded(0);
        let (sends, receives) = bounded(0);
        let outer = || join(|| receive.recv().unwrap(), || receives.recv().unwrap());
        let inner = || join(|| send.send(1).unwrap(), || sends.send(2).unwrap());
        assert_eq!(join(outer, inner).0, (1, 2));
    });
}

/// Each half waits for a promise that the other one resolves.
fn exchange() {
    let (first, resolve_first) = promise();
    let (second, resolve_second) = promise();
    let a = || {
        let value: u32 = first.wait();
        resolve_second.resolve(value + 1);
        value
    };
    let b = || {
        resolve_first.resolve(1);
        second.wait()
    };
    assert_eq!(join(a, b), (1, 2));
}

#[test]
fn the_halves_await_promises_that_the_other_one_resolves() {
    with_loop(|event_loop| {
        exchange();
        event_loop.invoke(exchange).wait();
    });
}

/// A loop with one thread; `f` runs on it.
fn on_the_only_thread(lend: bool, f: impl FnOnce() + Send + 'static) {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (ended, ends) = channel();
    // Nobody awaits it, who might lend a thread.
    let body = move || {
        f();
        ended.send(()).expect("the test waits");
    };
    event_loop.invoke(body).detach();
    ends.recv().expect("it does not panic");
}

#[test]
fn at_a_ceiling_of_one_thread_they_do_so_too() {
    on_the_only_thread(true, exchange);
    on_the_only_thread(false, exchange);
}

#[test]
fn at_a_ceiling_of_one_thread_nested_joins_wait_for_each_other() {
    for lend in [true, false] {
        on_the_only_thread(lend, || {
            join(exchange, || join(exchange, exchange));
        });
    }
}

#[test]
fn when_the_caller_is_cancelled_so_is_a_second_half_that_was_taken() {
    with_loop(|event_loop| {
        let (never, _resolver) = promise::<()>();
        let id = never.id();
        let p = invoke!(move || taken(|| (), move || never.wait()));
        until_awaited(event_loop, id);
        p.cancel();
        let failure = p.outcome().map(|_| "fine").unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Cancelled, "{failure}");
    });
}

#[test]
fn when_the_first_half_is_cancelled_so_is_the_second() {
    with_loop(|event_loop| {
        let (never, _resolver) = promise::<()>();
        let (none, _other) = promise::<()>();
        let ids = [never.id(), none.id()];
        let p = invoke!(move || taken(move || none.wait(), move || never.wait()));
        let id = p.id();
        ids.into_iter().for_each(|id| until_awaited(event_loop, id));
        p.cancel();
        let failure = p.outcome().map(|_| "fine").unwrap_err();
        assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id), "{failure}");
    });
}

#[test]
fn a_second_half_that_awaits_its_own_caller_is_told() {
    with_loop(|event_loop| {
        let (handed, hands) = promise::<Promise<()>>();
        let p = event_loop.invoke(move || {
            let me = handed.wait();
            taken(|| (), move || me.wait());
        });
        hands.resolve(p.clone());
        let id = p.id();
        let failure = p.outcome().unwrap_err();
        assert!(leads_to_deadlock(&failure), "{failure}");
        assert!(failure.message().contains(&format!("awaits {id}")), "{failure}");
    });
}

#[test]
fn so_is_one_that_nobody_has_taken() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (handed, hands) = event_loop.run(promise::<Promise<()>>);
    let p = event_loop.invoke(move || {
        let me = handed.wait();
        join(|| (), move || me.wait());
    });
    hands.resolve(p.clone());
    assert!(leads_to_deadlock(&p.outcome().unwrap_err()));
}
