//! At the thread ceiling: slower, never lost, and nothing that only async-mech blocks stalls.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, FailureKind, Promise, Status, invoke, promise};
use tests::{Watchdog, occupy, until_awaited, until_completed};

/// Runs `f` on loops with few threads, lending and not.
fn at_each_ceiling(f: impl Fn(&EventLoop)) {
    for most in [1, 2, 4] {
        for lend in [true, false] {
            let event_loop = EventLoop::builder().max_threads(most).lend_threads(lend).build();
            let _watchdog = Watchdog::over(&event_loop);
            f(&event_loop);
            // Threads started beyond it, while all were suspended, end with their work.
            while event_loop.snapshot().threads > most {
                thread::yield_now();
            }
        }
    }
}

/// A tree of invocations, each awaiting its `width` children; counts them.
fn tree(depth: u32, width: u32) -> u32 {
    if depth == 0 {
        return 1;
    }
    let children: Vec<_> = (0..width).map(|_| invoke!(tree(depth - 1, width))).collect();
    1 + children.into_iter().map(Promise::wait).sum::<u32>()
}

/// f(d) = await f(d - 1)
fn deep(levels: u32) -> u32 {
    if levels == 0 { 0 } else { invoke!(deep(levels - 1)).wait() + 1 }
}

#[test]
fn parents_that_await_their_children_end() {
    at_each_ceiling(|event_loop| {
        assert_eq!(event_loop.invoke(|| tree(5, 3)).wait(), 364);
    });
}

#[test]
fn more_families_than_threads_end() {
    at_each_ceiling(|event_loop| {
        let families: Vec<_> = (0..20).map(|_| event_loop.invoke(|| tree(3, 3))).collect();
        for family in families {
            assert_eq!(family.wait(), 40);
        }
    });
}

#[test]
fn families_nobody_awaits_end() {
    at_each_ceiling(|event_loop| {
        let (send, receive) = channel();
        for _ in 0..20 {
            let send = send.clone();
            event_loop.invoke(move || send.send(tree(3, 3)).unwrap()).detach();
        }
        drop(send);
        assert_eq!(receive.iter().collect::<Vec<_>>(), [40; 20]);
    });
}

#[test]
fn a_body_that_parks_with_its_callee_queued_is_woken_to_run_it() {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    // Nobody else awaits or runs anything of the loop.
    let (send, receive) = channel();
    event_loop
        .invoke(move || {
            let thread = thread::current().id();
            send.send((thread, invoke!(thread::current().id()).wait())).unwrap();
        })
        .detach();
    let (thread, callees) = receive.recv().unwrap();
    assert_eq!(thread, callees, "the only thread there is");
}

#[test]
fn each_of_many_parked_bodies_is_woken_to_run_its_callee() {
    at_each_ceiling(|event_loop| {
        let ran = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&ran);
        let p = event_loop.invoke(move || {
            // The children are queued before anybody awaits one.
            let children: Vec<_> = (0..50)
                .map(|_| {
                    let counter = Arc::clone(&counter);
                    invoke!(move || counter.fetch_add(1, Ordering::Relaxed))
                })
                .collect();
            // The youngest is awaited first.
            children.into_iter().rev().map(Promise::wait).max()
        });
        assert_eq!(p.wait(), Some(49));
        assert_eq!(ran.load(Ordering::Relaxed), 50);
    });
}

#[test]
fn a_timed_wait_for_a_queued_callee_times_out_and_gives_the_promise_back() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(2).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (busy, end) = occupy(&event_loop, 2);
        let p = event_loop.invoke(|| 5);
        let p = p.wait_timeout(Duration::from_millis(2)).expect_err("queued").into_promise();
        let p = p.try_wait().expect_err("queued");
        drop(end);
        assert_eq!(p.wait(), 5);
        busy.into_iter().for_each(Promise::wait);
    }
}

#[test]
fn a_root_execution_runs_the_queued_callee_it_awaits() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (busy, end) = occupy(&event_loop, 1);
        let here = thread::current().id();
        assert_eq!(event_loop.invoke(|| thread::current().id()).wait(), here);
        drop(end);
        busy.into_iter().for_each(Promise::wait);
    }
}

#[test]
fn many_foreign_threads_run_the_queued_callees_they_await() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (busy, end) = occupy(&event_loop, 1);
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    assert_eq!(event_loop.run(|| tree(3, 3)), 40);
                    // A promise that others await too.
                    let p = event_loop.invoke(|| tree(2, 2));
                    let q = p.clone();
                    scope.spawn(move || assert_eq!(q.wait(), 7));
                    assert_eq!(p.wait(), 7);
                });
            }
        });
        drop(end);
        busy.into_iter().for_each(Promise::wait);
    }
}

#[test]
fn callees_that_wait_for_a_resolver_let_others_run_once_it_has_spoken() {
    at_each_ceiling(|event_loop| {
        event_loop.run(|| {
            let (p, resolver) = promise();
            let waiting: Vec<_> = (0..10_u32)
                .map(|n| {
                    let p = p.clone();
                    invoke!(move || p.wait() + n)
                })
                .collect();
            // Awaited by a queued execution, so that somebody is told to run them.
            let sum = invoke!(move || waiting.into_iter().map(Promise::wait).sum::<u32>());
            resolver.resolve(100);
            assert_eq!(sum.wait(), 1_045);
            assert_eq!(p.wait(), 100);
        });
    });
}

#[test]
fn work_nobody_awaits_runs_although_all_threads_wait_for_what_only_it_does() {
    for most in [1, 2, 4] {
        for lend in [true, false] {
            let event_loop = EventLoop::builder().max_threads(most).lend_threads(lend).build();
            let _watchdog = Watchdog::over(&event_loop);
            // Each body parks for a promise that only a detached callee will resolve.
            let bodies: Vec<_> = (0..20)
                .map(|n| {
                    event_loop.invoke(move || {
                        let (p, resolver) = promise();
                        invoke!(resolver.resolve(n)).detach();
                        p.wait()
                    })
                })
                .collect();
            let values: Vec<u32> = bodies.into_iter().map(Promise::wait).collect();
            assert_eq!(values, (0..20).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_chain_of_detached_work_that_all_waits_ends_at_a_ceiling() {
    fn link(n: u32, resolver: async_mech::Resolver<u32>) {
        if n == 0 {
            return resolver.resolve(0);
        }
        let (p, next) = promise();
        invoke!(link(n - 1, next)).detach();
        resolver.resolve(p.wait() + 1);
    }
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (p, resolver) = event_loop.run(promise);
        event_loop.invoke(move || link(200, resolver)).detach();
        assert_eq!(p.wait(), 200);
    }
}

#[test]
fn a_body_that_waits_for_a_body_of_another_loop_keeps_no_thread_from_it() {
    for lend in [true, false] {
        let build = || EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let (one, two) = (build(), build());
        let _watchdog = Watchdog::over(&one);
        let (p, resolver) = one.run(promise::<u32>);
        let inner = one.clone();
        // The only thread of `one` waits for `two`, whose body waits for a callee of `one`.
        let outer = one.invoke(move || {
            two.invoke(move || {
                inner.invoke(move || resolver.resolve(7)).detach();
                p.wait()
            })
            .wait()
        });
        assert_eq!(outer.wait(), 7);
    }
}

#[test]
fn a_snapshot_shows_what_waits_for_a_thread() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let p = event_loop.invoke(|| 5);
    let state = event_loop.snapshot();
    assert!(matches!(state.promises[&p.id()], Status::Queued));
    assert!(matches!(state.promises[&busy[0].id()], Status::Pending));
    assert_eq!(state.threads, 1);
    drop(end);
    until_completed(&p);
    assert_eq!(p.wait(), 5);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn ten_thousand_invocations_that_each_await_two_others_end() {
    at_each_ceiling(|event_loop| {
        event_loop.run(|| {
            let mut promises: Vec<Promise<u64>> = vec![invoke!(|| 1), invoke!(|| 1)];
            for _ in 2..10_000 {
                let [.., a, b] = &*promises else { unreachable!("there are two") };
                let (a, b) = (a.clone(), b.clone());
                promises.push(invoke!(move || (a.wait() + b.wait()) % 1_000_007));
            }
            let last = promises.pop().expect("the last");
            // From the first on, so that no stack is deep.
            let values: Vec<u64> = promises.into_iter().map(Promise::wait).collect();
            let expected = (values[values.len() - 2] + values[values.len() - 1]) % 1_000_007;
            assert_eq!(last.wait(), expected);
            assert_eq!(values[..5], [1, 1, 2, 3, 5]);
        });
    });
}

#[test]
fn a_chain_too_deep_for_the_threads_there_are_fails_and_does_not_hang() {
    at_each_ceiling(|event_loop| {
        let failure = event_loop.invoke(|| deep(100_000)).outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Failed);
        assert!(failure.message().starts_with("out of threads and stack"), "{failure}");
        assert_eq!(event_loop.invoke(|| deep(10)).wait(), 10);
    });
}

#[test]
fn two_loops_of_one_thread_may_await_each_other() {
    for lend in [true, false] {
        let build = || EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let (one, two) = (build(), build());
        let _watchdog = Watchdog::over(&one);
        fn alternate(one: EventLoop, two: EventLoop, levels: u32) -> u32 {
            if levels == 0 {
                return 0;
            }
            let next = two.clone();
            two.invoke(move || alternate(next, one, levels - 1)).wait() + 1
        }
        let (a, b) = (one.clone(), two.clone());
        assert_eq!(one.invoke(move || alternate(a, b, 20)).wait(), 20);
    }
}

/// Awaits in its destructor.
struct Awaits(Option<Promise<u32>>);

impl Drop for Awaits {
    fn drop(&mut self) {
        let _ = self.0.take().expect("once").outcome();
    }
}

#[test]
fn a_destructor_that_awaits_a_queued_callee_while_panicking_does_not_hang() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let p = event_loop.invoke(|| -> () {
            let _awaits = Awaits(Some(invoke!(|| panic!("in turn"))));
            let _awaits = Awaits(Some(invoke!(|| invoke!(|| 5).wait())));
            panic!("with a promise to await");
        });
        // Not awaited, so that nothing but the destructor can bring its callee to an end.
        until_completed(&p);
        assert_eq!(p.outcome().unwrap_err().message(), "with a promise to await");
        assert_eq!(event_loop.invoke(|| 6).wait(), 6);
    }
}

#[test]
fn a_panicking_awaiter_does_not_keep_the_others_from_running_their_callees() {
    let event_loop = EventLoop::builder().max_threads(2).lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    let panicking = event_loop.invoke(|| -> () {
        let _awaits = Awaits(Some(invoke!(|| 5)));
        panic!("with a promise to await");
    });
    let family = event_loop.invoke(|| tree(4, 2));
    assert_eq!(family.wait(), 31);
    assert!(panicking.outcome().is_err());
}

/// Waits for its promise when it is dropped.
struct WaitsAtTheEnd(Option<Promise<()>>);

impl Drop for WaitsAtTheEnd {
    fn drop(&mut self) {
        self.0.take().expect("it is dropped once").wait();
    }
}

#[test]
fn a_thread_that_has_ended_makes_no_room_when_its_destructors_wait() {
    thread_local! {
        static LAST: RefCell<Option<WaitsAtTheEnd>> = const { RefCell::new(None) };
    }
    for has_waited in [false, true] {
        let event_loop = EventLoop::builder().max_threads(1).keep_alive(Duration::ZERO).build();
        let _watchdog = Watchdog::over(&event_loop);
        let ((before, begin), (gate, resolver)) = event_loop.run(|| (promise(), promise()));
        let (before_id, id) = (before.id(), gate.id());
        let body = move || {
            if has_waited {
                before.wait();
            }
            LAST.set(Some(WaitsAtTheEnd(Some(gate))));
        };
        event_loop.invoke(body).detach();
        if has_waited {
            until_awaited(&event_loop, before_id);
        }
        begin.resolve(());
        until_awaited(&event_loop, id);

        let (running, end) = occupy(&event_loop, 1);
        // Were the one that waits taken for the loop's, all of its threads would seem to be suspended.
        let queued = event_loop.invoke(|| ());
        let snapshot = event_loop.snapshot();
        assert_eq!(snapshot.threads, 1);
        assert!(matches!(snapshot.promises[&queued.id()], Status::Queued));
        drop(end);
        running.into_iter().for_each(Promise::wait);
        queued.wait();
        resolver.resolve(());
    }
}
