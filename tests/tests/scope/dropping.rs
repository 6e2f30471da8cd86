//! When a scope returns, what its children captured and gave is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::{Counts, failure_of, with_loop};
use async_mech::{EventLoop, FailureKind, Promise, scope};
use tests::{Watchdog, kind_of, occupy, until_completed};

#[test]
fn captures_and_unread_values_are_gone_when_a_scope_returns() {
    with_loop(|| {
        for round in 0..200 {
            let dropped = AtomicUsize::new(0);
            scope(|s| {
                for n in 0..8 {
                    let (captured, value) = (Counts(&dropped), Counts(&dropped));
                    let p = s.invoke(move || {
                        let _captured = captured;
                        value
                    });
                    match (n + round) % 4 {
                        0 => drop(p.wait()),
                        1 => s.invoke(move || drop(p)).detach(),
                        2 => drop(p.try_wait()),
                        _ => p.detach(),
                    }
                }
            });
            assert_eq!(dropped.load(SeqCst), 16);
        }
    });
}

#[test]
fn captures_of_a_child_that_never_ran_are_gone_when_a_scope_returns() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let dropped = AtomicUsize::new(0);
        let p = scope(|s| {
            let captured = Counts(&dropped);
            let p = s.invoke(move || drop(captured));
            p.cancel();
            p
        });
        // The promise keeps the cell, but not the callee.
        assert_eq!(dropped.load(SeqCst), 1);
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

/// Also where a test fails.
struct SetsWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetsWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Takes its time to be destroyed, then counts that.
struct Slow<'a>(&'a AtomicUsize);

impl Drop for Slow<'_> {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(20));
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_scope_waits_for_the_destructors_of_captures_and_of_unread_values() {
    with_loop(|| {
        let dropped = AtomicUsize::new(0);
        scope(|s| {
            let ((begun, begins), (go, goes)) = (channel(), channel());
            let captured = Slow(&dropped);
            let p = s.invoke(|| {
                let (_captured, begun, goes) = (captured, begun, goes);
                begun.send(()).expect("the body waits");
                goes.recv().expect("it is told to");
                Slow(&dropped)
            });
            // Run by a thread of the loop, and held by nobody when it ends.
            begins.recv().expect("it begins");
            p.detach();
            go.send(()).expect("it waits");
        });
        assert_eq!(dropped.load(SeqCst), 2);
    });
}

#[test]
fn captures_and_values_are_gone_although_somebody_looks_at_their_cells() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let _done = SetsWhenDropped(&done);
        // Holds cells for a moment, again and again.
        threads.spawn(|| {
            while !done.load(SeqCst) {
                let _ = event_loop.snapshot();
            }
        });
        event_loop.run(|| {
            for _ in 0..200 {
                let dropped = AtomicUsize::new(0);
                scope(|s| {
                    let children = (0..10).map(|_| {
                        let captured = Counts(&dropped);
                        s.invoke(|| {
                            drop(captured);
                            Counts(&dropped)
                        })
                    });
                    for child in children.collect::<Vec<_>>() {
                        until_completed(&child);
                        drop(child);
                    }
                });
                assert_eq!(dropped.load(SeqCst), 20);
            }
        });
    });
}

#[test]
fn a_leaked_promise_leaks_its_value_and_nothing_touches_it_later() {
    use std::cell::RefCell;
    use std::rc::Rc;

    /// Owns itself, through the cycle.
    struct Node<'a>(RefCell<Option<(Rc<Node<'a>>, Promise<Counts<'a>>)>>);

    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let dropped = AtomicUsize::new(0);
        scope(|s| {
            let captured = Counts(&dropped);
            std::mem::forget(s.invoke(|| {
                drop(captured);
                Counts(&dropped)
            }));
            let node = Rc::new(Node(RefCell::new(None)));
            let p = s.invoke(|| Counts(&dropped));
            *node.0.borrow_mut() = Some((Rc::clone(&node), p));
        });
        assert_eq!(dropped.load(SeqCst), 1, "the capture");
        assert_eq!(event_loop.snapshot().promises.len(), 2);
        event_loop.shutdown(Duration::ZERO);
        assert_eq!(dropped.into_inner(), 1);
    });
}

/// Its destructor panics.
struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in a destructor");
        }
    }
}

#[test]
fn a_destructor_that_panics_fails_no_more_than_its_own() {
    with_loop(|| {
        // An unread value's panic has nobody to fail.
        scope(|s| s.invoke(|| Explosive).detach());
        // A capture's fails the child.
        let explosive = Explosive;
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(move || {
                    let _explosive = explosive;
                })
                .detach();
            });
        });
        assert_eq!(failure.message(), "in a destructor");
        // The body's own value, when a child has failed.
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| panic!("the child's")).detach();
                Explosive
            })
        });
        assert_eq!(failure.message(), "the child's");
    });
}

#[test]
fn a_scope_in_a_destructor_joins_while_its_thread_unwinds() {
    struct Scopes<'a>(&'a AtomicUsize);
    impl Drop for Scopes<'_> {
        fn drop(&mut self) {
            scope(|s| {
                for _ in 0..4 {
                    s.invoke(|| self.0.fetch_add(1, SeqCst)).detach();
                }
            });
        }
    }
    with_loop(|| {
        let ran = AtomicUsize::new(0);
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _scopes = Scopes(&ran);
            panic!("with something to drop");
        }));
        assert!(unwound.is_err());
        assert_eq!(ran.load(SeqCst), 4);
    });
}
