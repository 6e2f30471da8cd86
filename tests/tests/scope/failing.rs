//! The first failure cancels the siblings and is raised when all have ended.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc::channel;

use crate::{Counts, failure_of, with_loop};
use async_mech::{EventLoop, Failure, FailureKind, Promise, invoke, promise, scope};
use tests::{Watchdog, occupy};

#[test]
fn the_failure_of_a_child_is_raised_with_its_payload() {
    with_loop(|| {
        let mut name = String::new();
        let failure = failure_of(|| {
            scope(|s| {
                let p = invoke!(s => || -> () { panic_any(42_u8) });
                name.push_str(p.name());
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
        assert_eq!(failure.name(), name);
        assert_eq!(*failure.into_panic().unwrap().downcast::<u8>().unwrap(), 42);
    });
}

#[test]
fn a_failure_that_was_looked_at_is_raised_all_the_same() {
    with_loop(|| {
        let failure = failure_of(|| {
            scope(|s| {
                let p = s.invoke(|| -> u32 { panic!("looked at") });
                assert_eq!(p.outcome().unwrap_err().message(), "looked at");
                "the body's value"
            })
        });
        assert_eq!(failure.message(), "looked at");
    });
}

#[test]
fn the_first_failure_cancels_siblings_wherever_they_are() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let (begun, begins) = channel();
        let (dropped, gone) = (AtomicUsize::new(0), AtomicBool::new(false));
        let failure = failure_of(|| {
            scope(|s| {
                for _ in 0..3 {
                    let (begun, never) = (begun.clone(), never.clone());
                    s.invoke(|| {
                        let _counts = Counts(&dropped);
                        let (begun, never) = (begun, never);
                        begun.send(()).expect("the body waits");
                        never.wait();
                        unreachable!("it is cancelled");
                    })
                    .detach();
                }
                (0..3).for_each(|_| begins.recv().expect("a sibling has begun"));
                let failed = s.invoke(|| panic!("the first")).outcome();
                assert!(failed.is_err());
                // Cancelled before it is invoked: whether it is invoked here before the failed
                // child has counted itself out is open, that it never resolves anything is not.
                let late = s.invoke(|| never.wait());
                assert_eq!(late.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                gone.store(true, SeqCst);
            });
        });
        assert!(gone.load(SeqCst));
        assert_eq!(failure.message(), "the first");
        assert_eq!(dropped.load(SeqCst), 3);
    });
}

#[test]
fn a_sibling_that_no_thread_has_taken_never_runs() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let (ran, dropped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let failure = failure_of(|| {
            scope(|s| {
                let sibling = || {
                    let counts = Counts(&dropped);
                    s.invoke(|| {
                        let _counts = counts;
                        ran.fetch_add(1, SeqCst);
                    })
                };
                let before = sibling();
                // Runs here.
                assert!(s.invoke(|| panic!("no disk")).outcome().is_err());
                let after = sibling();
                for p in [before, after] {
                    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                }
                assert_eq!(dropped.load(SeqCst), 2);
            });
        });
        assert_eq!((failure.message(), ran.load(SeqCst)), ("no disk", 0));
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn a_body_that_awaits_a_cancelled_sibling_raises_what_came_first() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let failure = failure_of(|| {
            scope(|s| {
                let parked = s.invoke(|| never.wait());
                s.invoke(|| panic!("the cause")).detach();
                parked.wait();
            });
        });
        assert_eq!(failure.message(), "the cause");
    });
}

#[test]
fn a_child_that_is_cancelled_by_itself_is_no_failure_of_the_scope() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let sum = scope(|s| {
            let cancelled = s.invoke(|| never.wait());
            cancelled.cancel();
            assert_eq!(cancelled.outcome().unwrap_err().kind(), FailureKind::Cancelled);
            s.invoke(|| 1).wait() + s.invoke(|| 2).wait()
        });
        assert_eq!(sum, 3);
    });
}

#[test]
fn a_loop_that_is_shut_down_fails_the_scope() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.shutdown(std::time::Duration::ZERO);
    let failure = failure_of(|| event_loop.run(|| scope(|s| s.invoke(|| ()).detach())));
    assert_eq!(failure.kind(), FailureKind::Cancelled);
}

#[test]
fn a_panic_of_the_body_cancels_the_children_and_goes_on_when_they_have_ended() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let dropped = AtomicUsize::new(0);
        let payload = catch_unwind(AssertUnwindSafe(|| {
            scope(|s| {
                for _ in 0..10 {
                    let (counts, never) = (Counts(&dropped), never.clone());
                    s.invoke(|| {
                        let _counts = counts;
                        never.wait();
                    })
                    .detach();
                }
                panic_any(7_u8);
            })
        }));
        assert_eq!(*payload.expect_err("the body's").downcast::<u8>().expect("its payload"), 7);
        assert_eq!(dropped.load(SeqCst), 10);
    });
}

#[test]
fn a_failure_that_the_body_awaited_elsewhere_cancels_the_children() {
    with_loop(|| {
        let (never, _resolver) = promise::<()>();
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| never.wait()).detach();
                invoke!(|| -> () { panic!("elsewhere") }).wait();
            });
        });
        assert_eq!(failure.message(), "elsewhere");
    });
}

#[test]
fn a_failure_in_a_nested_scope_fails_the_outer_one() {
    with_loop(|| {
        let failure = failure_of(|| {
            scope(|s| {
                s.invoke(|| scope(|s| s.invoke(|| panic!("deep")).detach())).detach();
            });
        });
        assert_eq!((failure.message(), failure.kind()), ("deep", FailureKind::Panicked));
        assert_ne!(failure.id(), failure.origin().id(), "the child failed as it awaited another");
    });
}

#[test]
fn a_cancelled_execution_cancels_the_children_of_its_scopes_and_joins_them() {
    with_loop(|| {
        let (begun, begins) = channel();
        let (release, released) = channel::<()>();
        let (never, _resolver) = promise::<()>();
        let p = invoke!(move || {
            let (parked, blocked) = (AtomicBool::new(false), AtomicBool::new(false));
            let result = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    let (begun_too, parked, blocked) = (begun.clone(), &parked, &blocked);
                    s.invoke(move || {
                        let set = Sets(parked);
                        begun_too.send(()).expect("the test waits");
                        never.wait();
                        drop(set);
                    })
                    .detach();
                    s.invoke(move || {
                        begun.send(()).expect("the test waits");
                        let _ = released.recv();
                        blocked.store(true, SeqCst);
                    })
                    .detach();
                });
            }));
            let failure = result.expect_err("cancelled").downcast::<Failure>().expect("a failure");
            assert_eq!(failure.kind(), FailureKind::Cancelled);
            assert!(parked.load(SeqCst) && blocked.load(SeqCst), "both have ended");
        });
        begins.recv().expect("a child has begun");
        begins.recv().expect("the other has, too");
        p.cancel();
        assert!(!p.is_completed(), "a child still blocks");
        release.send(()).expect("the child waits");
        // What the execution itself ends with is the checkpoint that it comes to.
        let _ = p.outcome();
    });
}

/// Sets a flag when dropped.
struct Sets<'a>(&'a AtomicBool);

impl Drop for Sets<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
