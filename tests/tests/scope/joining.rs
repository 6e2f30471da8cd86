//! A scope returns when all its children have ended, whichever threads run them.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::channel;

use crate::with_loop;
use async_mech::{EventLoop, FailureKind, Promise, current, invocable, invoke, promise, scope};
use tests::{Watchdog, occupy};

#[test]
fn a_scope_returns_when_children_that_nobody_awaits_have_ended() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let ended = AtomicUsize::new(0);
        event_loop.run(|| {
            let (begin, begins) = channel::<()>();
            scope(|s| {
                let ended = &ended;
                s.invoke(move || {
                    let _ = begins.recv();
                    ended.fetch_add(1, SeqCst);
                })
                .detach();
                s.invoke(move || {
                    begin.send(()).expect("the sibling waits");
                    ended.fetch_add(1, SeqCst);
                })
                .detach();
            });
            assert_eq!(ended.load(SeqCst), 2);
        });
    }
}

#[test]
fn a_child_is_invoked_by_the_execution_that_calls_invoke() {
    with_loop(|| {
        let me = current().id();
        scope(|s| {
            let child = s.invoke(|| {
                let child = current();
                assert_eq!(child.caller(), Some(me));
                let grandchild = s.invoke(move || assert_eq!(current().caller(), Some(child.id())));
                grandchild.wait();
            });
            child.wait();
        });
    });
}

#[test]
fn children_invoke_others_while_the_scope_is_joined() {
    with_loop(|| {
        let ran = AtomicUsize::new(0);
        scope(|s| {
            for _ in 0..8 {
                s.invoke(|| {
                    for _ in 0..8 {
                        s.invoke(|| ran.fetch_add(1, SeqCst)).detach();
                    }
                })
                .detach();
            }
        });
        assert_eq!(ran.load(SeqCst), 64);
    });
}

#[test]
fn scopes_nest() {
    with_loop(|| {
        let a = 1;
        let total = scope(|outer| {
            let b = 2;
            let both = scope(|inner| {
                let x = inner.invoke(|| outer.invoke(|| a).wait() + b);
                x.wait()
            });
            // A scope in an invocation in a scope.
            let child = outer.invoke(|| {
                let c = 4;
                scope(|inner| inner.invoke(|| a + c).wait() + invoke!(inner => || c).wait())
            });
            both + child.wait()
        });
        assert_eq!(total, 3 + 5 + 4);
    });
}

#[invocable(own_thread)]
fn on_a_thread_of_its_own(text: &str) -> (usize, std::thread::ThreadId) {
    (text.len(), std::thread::current().id())
}

#[test]
fn a_child_may_have_a_thread_of_its_own() {
    with_loop(|| {
        let text = String::from("abc");
        scope(|s| {
            let (len, thread) = invoke!(s => on_a_thread_of_its_own(&text)).wait();
            assert_eq!(len, 3);
            assert_ne!(thread, std::thread::current().id());
        });
    });
}

/// A loop with one thread; `f` runs on it.
fn on_the_only_thread(lend: bool, f: impl FnOnce() + Send + 'static) {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
    let _watchdog = Watchdog::over(&event_loop);
    let p = event_loop.invoke(f);
    // Parked for something else, so that nobody lends a thread to it.
    let (done, resolver) = event_loop.run(promise);
    let watch = event_loop.run(|| invoke!(|| resolver.resolve(p.outcome().err())));
    assert!(done.wait().is_none());
    watch.wait();
}

#[test]
fn a_scope_ends_at_a_ceiling_of_one_thread() {
    for lend in [true, false] {
        on_the_only_thread(lend, || {
            let ran = AtomicUsize::new(0);
            scope(|s| {
                for _ in 0..10 {
                    s.invoke(|| scope(|s| s.invoke(|| ran.fetch_add(1, SeqCst)).detach())).detach();
                }
            });
            assert_eq!(ran.load(SeqCst), 10);
        });
    }
}

#[test]
fn whoever_joins_runs_children_that_no_thread_has_taken() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let me = std::thread::current().id();
        let order = Mutex::new(Vec::new());
        scope(|s| {
            for n in 0..5 {
                let order = &order;
                s.invoke(move || order.lock().unwrap().push((n, std::thread::current().id())))
                    .detach();
            }
        });
        assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3, 4].map(|n| (n, me)));
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn a_join_that_closes_a_circle_goes_on_and_the_child_is_told() {
    with_loop(|| {
        let (send, receive) = channel::<Promise<()>>();
        let p = invoke!(move || {
            scope(|s| {
                let receive = receive;
                s.invoke(move || receive.recv().expect("the promise of its joiner").wait())
                    .detach();
            });
        });
        send.send(p.clone()).expect("the child waits");
        let failure = p.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    });
}

#[test]
fn an_empty_scope_is_its_body() {
    with_loop(|| {
        assert_eq!(scope(|_| 1), 1);
        let s = scope(|s| format!("{s:?}"));
        assert_eq!(s, "Scope { children: 0, .. }");
    });
}
