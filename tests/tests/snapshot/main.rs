//! `EventLoop::snapshot`: promises, awaiters, and how they print.

mod deep;
mod lines;
mod many;
mod program;
mod tree;

use std::sync::mpsc::channel;
use std::thread;

use async_mech::{EventLoop, Promise, Status, current, invoke, promise};
use tests::{Watchdog, occupy, until_completed, until_no_promises};

#[test]
fn a_new_loop_has_no_promises_awaiters_or_threads() {
    let state = EventLoop::builder().build().snapshot();
    assert!(state.promises.is_empty() && state.awaiters.is_empty());
    assert_eq!(state.threads, 0);
    assert!(state.invocations.is_empty() && state.waits.is_empty() && state.roots.is_empty());
    assert_eq!(state.article().to_string(), "%State{\n  promises: %{},\n  awaiters: %{}\n}");
    assert_eq!(state.to_string(), "no promises");
}

#[test]
fn a_state_prints_like_the_articles_too() {
    let event_loop = EventLoop::builder().build();
    event_loop.run(|| {
        let (a, resolve_a) = promise::<u32>();
        let (b, resolve_b) = promise::<u32>();
        let (c, fail_c) = promise::<u32>();
        resolve_b.resolve(1);
        fail_c.fail(std::fmt::Error);
        let text = event_loop.snapshot().article().to_string();
        let (x, y, z) = (a.id(), b.id(), c.id());
        let why = format!("{:?}", std::fmt::Error.to_string());
        assert_eq!(
            text,
            format!(
                "%State{{\n  promises: %{{{x} => :pending, {y} => :completed, \
                 {z} => {{:failed, {why}}}}},\n  awaiters: %{{{x} => [], {y} => [], {z} => []}}\n}}"
            )
        );
        resolve_a.resolve(0);
        assert_eq!(a.wait() + b.wait(), 1);
        assert!(c.outcome().is_err());
    });
    assert!(event_loop.snapshot().promises.is_empty());
}

#[test]
fn every_awaiter_is_listed_with_the_promise_it_awaits() {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (p, resolver) = promise();
        let awaiters: Vec<Promise<u32>> = (0..10)
            .map(|_| {
                let p = p.clone();
                invoke!(move || p.wait())
            })
            .collect();
        let mut ids: Vec<_> = awaiters.iter().map(Promise::id).collect();
        let state = loop {
            let state = event_loop.snapshot();
            if state.awaiters[&p.id()].len() == 10 {
                break state;
            }
            thread::yield_now();
        };
        let mut listed = state.awaiters[&p.id()].clone();
        ids.sort();
        listed.sort();
        assert_eq!(listed, ids);
        for id in ids {
            assert!(matches!(state.promises[&id], Status::Pending));
            assert!(state.awaiters[&id].is_empty());
        }
        resolver.resolve(1);
        assert_eq!(awaiters.into_iter().map(Promise::wait).sum::<u32>(), 10);
        p.wait();
    });
}

#[test]
fn an_awaiter_that_lent_its_thread_is_listed_once() {
    // One thread, kept busy: the awaiter must run its callee, by lending or at the ceiling.
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (busy, end) = occupy(&event_loop, 1);
        let handle = event_loop.clone();
        let (me, p) = (current().id(), event_loop.invoke(move || handle.snapshot()));
        let id = p.id();
        let state = p.wait();
        assert_eq!(state.awaiters[&id], [me], "lend: {lend}");
        let [wait] = &state.waits[&me][..] else { panic!("{:?}", state.waits) };
        assert!(wait.promise == id && wait.lends, "lend: {lend}");
        assert_eq!(wait.since.is_none(), lend, "suspended only before it was told to run it");
        assert!(matches!(state.promises[&id], Status::Pending));
        drop(end);
        busy.into_iter().for_each(Promise::wait);
    }
}

#[test]
fn who_has_lent_its_thread_awaits_no_longer_when_its_callee_has_ended() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let p = event_loop.invoke(|| 1);
    let held = p.clone();
    assert_eq!(p.wait(), 1);
    let state = event_loop.snapshot();
    assert!(matches!(state.promises[&held.id()], Status::Completed));
    assert!(state.awaiters[&held.id()].is_empty());
    assert!(state.waits.is_empty());
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn an_awaiter_that_timed_out_is_listed_no_more() {
    let event_loop = EventLoop::builder().build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    let p = p.wait_timeout(std::time::Duration::from_millis(1)).unwrap_err().into_promise();
    assert!(event_loop.snapshot().awaiters[&p.id()].is_empty());
    resolver.resolve(1);
    p.wait();
}

#[test]
fn a_completed_promise_is_listed_while_somebody_holds_it() {
    let event_loop = EventLoop::builder().build();
    let p = event_loop.run(|| invoke!(|| 5));
    let id = p.id();
    until_completed(&p);
    let q = p.clone();
    assert!(matches!(event_loop.snapshot().promises[&id], Status::Completed));
    assert_eq!(p.wait(), 5);
    assert!(matches!(event_loop.snapshot().promises[&id], Status::Completed));
    drop(q);
    assert!(event_loop.snapshot().promises.is_empty());
}

#[test]
fn a_detached_invocation_is_listed_until_it_ends() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let ((begun, begins), (end, ends)) = (channel(), channel::<()>());
    let p = event_loop.invoke(move || {
        begun.send(()).unwrap();
        let _ = ends.recv();
    });
    let id = p.id();
    p.detach();
    begins.recv().unwrap();
    assert!(matches!(event_loop.snapshot().promises[&id], Status::Pending));
    drop(end);
    until_no_promises(&event_loop);
}

#[test]
fn nothing_is_left_of_finished_work() {
    fn fib(n: u64) -> u64 {
        if n < 2 {
            return n;
        }
        let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
        a.wait() + b.wait()
    }
    for lend in [true, false] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        assert_eq!(event_loop.run(|| fib(10)), 55);
        let failing = event_loop.invoke(|| -> u32 { invoke!(|| panic!("a callee")).wait() });
        assert!(failing.outcome().is_err());
        // The last of them may have completed its promise and not left its function yet.
        until_no_promises(&event_loop);
        assert!(event_loop.snapshot().awaiters.is_empty());
    }
}

#[test]
fn a_snapshot_may_be_taken_while_others_invoke_and_complete() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    for n in 0..2_000 {
                        assert_eq!(event_loop.invoke(move || n).wait(), n);
                    }
                })
            })
            .collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            let state = event_loop.snapshot();
            assert_eq!(state.promises.len(), state.awaiters.len());
            assert_eq!(state.promises.len(), state.invocations.len());
            assert!(!state.to_string().is_empty());
        }
    });
    assert!(event_loop.snapshot().promises.is_empty());
}
