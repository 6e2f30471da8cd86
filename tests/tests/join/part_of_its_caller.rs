//! A second half is part of its caller, unless a thread has taken it.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, current, join};
use tests::{Watchdog, occupy, with_a_busy_loop};

use crate::{taken, with_loop};

#[test]
fn one_that_nobody_has_taken_is_a_plain_call() {
    with_a_busy_loop(true, || {
        let me = (current().id(), thread::current().id());
        let who = || (current().id(), thread::current().id());
        assert_eq!(join(who, who), (me, me));
    });
}

#[test]
fn one_that_was_taken_is_an_execution_that_the_caller_has_invoked() {
    with_loop(|_| {
        let me = current().id();
        let (a, (id, caller, there)) = taken(
            || current().id(),
            || (current().id(), current().caller(), thread::current().id()),
        );
        assert_eq!((a, caller), (me, Some(me)));
        assert!(id > me);
        assert_ne!(there, thread::current().id());
    });
}

/// How many promises a snapshot has.
fn promises(event_loop: &EventLoop) -> usize {
    event_loop.snapshot().promises.len()
}

#[test]
fn a_snapshot_has_what_was_taken_and_nothing_of_what_is_offered() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| join(|| assert_eq!(promises(&event_loop), 1), || ()));
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    with_loop(|event_loop| {
        taken(
            || {
                let state = event_loop.snapshot();
                let callers: Vec<_> = state.invocations.values().map(|it| it.caller).collect();
                assert_eq!(callers, [Some(current().id())], "{state}");
            },
            || (),
        );
        assert_eq!(promises(event_loop), 0);
    });
}

#[test]
fn a_shutdown_leaves_what_is_offered_to_its_caller() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let ((begun, begins), (go, gate)) = (channel(), channel());
    let p = event_loop.invoke(move || {
        let a = move || {
            begun.send(()).unwrap();
            gate.recv().unwrap();
            1
        };
        join(a, || 2)
    });
    begins.recv().unwrap();
    assert_eq!(event_loop.shutdown(Duration::ZERO), 1);
    go.send(()).unwrap();
    assert_eq!(p.wait(), (1, 2));
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
}

#[test]
fn a_shutdown_waits_for_what_was_taken() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (ended, ends) = channel();
    event_loop.run(|| {
        taken(
            || assert_eq!(event_loop.shutdown(Duration::MAX), 0),
            move || ended.send(()).unwrap(),
        );
    });
    ends.try_recv().unwrap();
}

#[test]
fn after_a_shutdown_both_halves_are_plain_calls() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        event_loop.shutdown(Duration::MAX);
        event_loop.run(|| {
            let me = current().id();
            assert_eq!(join(|| current().id(), || current().id()), (me, me));
            assert_eq!(event_loop.snapshot().threads, 0);
        });
    }
}

#[test]
fn a_thread_that_ends_may_join_in_a_destructor() {
    struct Joins;
    impl Drop for Joins {
        fn drop(&mut self) {
            assert_eq!(join(|| 1, || 2), (1, 2));
        }
    }
    thread_local!(static JOINS: Joins = const { Joins });
    let joins = || {
        JOINS.with(|_| ());
        // So that what async-mech knows of the thread goes first, or last.
        join(|| 1, || 2)
    };
    assert_eq!(thread::spawn(joins).join().unwrap(), (1, 2));
    let joins = || {
        let values = join(|| 1, || 2);
        JOINS.with(|_| ());
        values
    };
    assert_eq!(thread::spawn(joins).join().unwrap(), (1, 2));
}
