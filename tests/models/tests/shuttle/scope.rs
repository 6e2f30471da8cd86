//! Interleavings of a scope, with shuttle: its children end, fail and are cancelled while it is
//! joined.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{Failure, FailureKind, Promise, invoke, promise, scope};

use crate::borrows::{Counts, explore};

/// The failure that `f` unwinds with.
fn failure_of(f: impl FnOnce()) -> Failure {
    *catch_unwind(AssertUnwindSafe(f)).expect_err("it fails").downcast().expect("a failure")
}

#[test]
fn the_last_child_ends_while_the_scope_is_joined() {
    explore(|| {
        let dropped = AtomicUsize::new(0);
        scope(|s| {
            for _ in 0..2 {
                let captured = Counts(&dropped);
                s.invoke(|| {
                    let _captured = captured;
                    Counts(&dropped)
                })
                .detach();
            }
        });
        assert_eq!(dropped.into_inner(), 4);
    });
}

#[test]
fn a_promise_is_read_or_dropped_while_its_child_ends() {
    explore(|| {
        let dropped = AtomicUsize::new(0);
        scope(|s| {
            let p = s.invoke(|| Counts(&dropped));
            let q = s.invoke(|| Counts(&dropped));
            s.invoke(move || drop(p)).detach();
            q.wait();
        });
        assert_eq!(dropped.into_inner(), 2);
    });
}

#[test]
fn a_child_invokes_another_while_the_scope_is_joined() {
    explore(|| {
        let ran = AtomicUsize::new(0);
        scope(|s| {
            s.invoke(|| {
                s.invoke(|| ran.fetch_add(1, Ordering::Relaxed)).detach();
                ran.fetch_add(1, Ordering::Relaxed);
            })
            .detach();
        });
        assert_eq!(ran.into_inner(), 2);
    });
}

#[test]
fn a_failure_cancels_a_sibling_that_is_queued_or_starts_or_is_parked() {
    explore(|| {
        let (never, _resolver) = promise::<()>();
        let dropped = AtomicUsize::new(0);
        let failure = failure_of(|| {
            scope(|s| {
                let captured = Counts(&dropped);
                s.invoke(|| {
                    let _captured = captured;
                    never.wait();
                })
                .detach();
                // No panic, whose message would be printed thousands of times.
                s.invoke(|| std::panic::resume_unwind(Box::new(7_u8))).detach();
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
        assert_eq!(dropped.into_inner(), 1);
    });
}

#[test]
fn an_execution_is_cancelled_while_it_opens_or_joins_a_scope() {
    explore(|| {
        let (never, _resolver) = promise::<()>();
        let p = invoke!(move || {
            let dropped = AtomicUsize::new(0);
            let captured = Counts(&dropped);
            let failure = failure_of(|| {
                scope(|s| {
                    s.invoke(|| {
                        let _captured = captured;
                        never.wait();
                    })
                    .detach();
                });
            });
            assert_eq!(failure.kind(), FailureKind::Cancelled);
            assert_eq!(dropped.load(Ordering::Relaxed), 1);
        });
        p.cancel();
        if let Err(failure) = p.outcome() {
            assert_eq!(failure.kind(), FailureKind::Cancelled, "{failure}");
        }
    });
}

#[test]
fn scopes_nest_while_children_fail() {
    explore(|| {
        let ended = AtomicUsize::new(0);
        let failure = failure_of(|| {
            scope(|s| {
                for _ in 0..2 {
                    s.invoke(|| {
                        let _ended = Counts(&ended);
                        scope(|s| {
                            s.invoke(|| std::panic::resume_unwind(Box::new(7_u8))).detach();
                        });
                    })
                    .detach();
                }
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
        assert!(ended.into_inner() <= 2, "one may never have run");
    });
}

#[test]
fn a_child_awaits_its_joiner_and_one_of_the_two_is_told() {
    explore(|| {
        let (joiner, resolver) = promise::<Promise<()>>();
        let p = invoke!(move || {
            scope(|s| s.invoke(|| joiner.wait().wait()).detach());
        });
        let q = p.clone();
        resolver.resolve(q);
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
    });
}

/// Invariant: the join is seen to wait for children that are invoked meanwhile.
#[test]
fn a_child_invoked_while_the_scope_is_joined_awaits_its_joiner_and_is_told() {
    explore(|| {
        let (joiner, resolver) = promise::<Promise<()>>();
        let p = invoke!(move || {
            scope(|s| s.invoke(|| s.invoke(|| joiner.wait().wait()).detach()).detach());
        });
        let q = p.clone();
        resolver.resolve(q);
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
    });
}

/// Invariant: once a failure has cancelled a sibling, no child is run that is invoked later.
#[test]
fn a_child_invoked_after_a_failure_does_not_run() {
    explore(|| {
        let (never, _resolver) = promise::<()>();
        let failure = failure_of(|| {
            scope(|s| {
                let sibling = s.invoke(|| never.clone().wait());
                s.invoke(|| std::panic::resume_unwind(Box::new(7_u8))).detach();
                assert_eq!(sibling.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                let late = s.invoke(|| ()).outcome();
                assert_eq!(late.unwrap_err().kind(), FailureKind::Cancelled);
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
    });
}

/// Invariant: of two failures the first is raised, and the other one is not told.
#[test]
fn of_two_children_that_fail_together_one_is_raised() {
    explore(|| {
        let failure = failure_of(|| {
            scope(|s| {
                for payload in [7_u8, 8] {
                    let fails = move || std::panic::resume_unwind(Box::new(payload));
                    s.invoke::<(), _>(fails).detach();
                }
            });
        });
        assert_eq!(failure.kind(), FailureKind::Panicked);
    });
}
