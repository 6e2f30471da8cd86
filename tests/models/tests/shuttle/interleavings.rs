//! Interleavings of the whole runtime, with shuttle: no wake-up is lost, whoever is scheduled when.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model. Each
//! execution makes a loop of its own and drops it, so that its threads end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_mech::{EventLoop, FailureKind, promise};
use models::in_loop as with_loop;
use shuttle::sync::{Barrier, Mutex};
use shuttle::thread;

fn explore(model: fn()) {
    models::explore(8_000, 1_000, model);
}

/// A thread that is not the loop's, with the loop as its current one.
fn beside<T: Send + 'static>(
    event_loop: &EventLoop,
    f: impl FnOnce(&EventLoop) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let event_loop = event_loop.clone();
    thread::spawn(move || event_loop.run(|| f(&event_loop)))
}

#[test]
fn an_awaiter_that_parks_is_woken_by_the_return() {
    explore(|| {
        with_loop(false, None, |event_loop| {
            assert_eq!(event_loop.invoke(|| 42).wait(), 42);
        });
    });
}

#[test]
fn a_callee_runs_once_whether_its_awaiter_claims_it_or_a_thread_takes_it() {
    explore(|| {
        with_loop(true, None, |event_loop| {
            let runs = Arc::new(AtomicUsize::new(0));
            let promises = [(); 2].map(|()| {
                let runs = Arc::clone(&runs);
                event_loop.invoke(move || runs.fetch_add(1, Ordering::Relaxed))
            });
            for p in promises {
                p.wait();
            }
            assert_eq!(runs.load(Ordering::Relaxed), 2);
        });
    });
}

#[test]
fn two_awaiters_race_for_one_callee_and_both_get_its_value() {
    explore(|| {
        with_loop(true, None, |event_loop| {
            let p = event_loop.invoke(|| 42);
            let q = p.clone();
            let other = beside(event_loop, |_| q.wait());
            assert_eq!(p.wait(), 42);
            assert_eq!(other.join().unwrap(), 42);
        });
    });
}

#[test]
fn an_execution_that_awaits_its_callee_is_resumed() {
    explore(|| {
        with_loop(false, None, |event_loop| {
            let inside = event_loop.clone();
            let p = event_loop.invoke(move || inside.invoke(|| 21).wait() * 2);
            assert_eq!(p.wait(), 42);
        });
    });
}

/// Counts its clones, which take a while.
struct Counted(Arc<AtomicUsize>);

impl Clone for Counted {
    fn clone(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
        Counted(Arc::clone(&self.0))
    }
}

fn holders(awaiting: usize, dropping: usize) {
    let (p, resolver) = promise();
    let clones = Arc::new(AtomicUsize::new(0));
    let value = Counted(Arc::clone(&clones));
    let awaiters: Vec<_> = (0..awaiting - 1)
        .map(|_| {
            let p = p.clone();
            thread::spawn(move || drop(p.wait()))
        })
        .collect();
    let droppers: Vec<_> = (0..dropping)
        .map(|_| {
            let p = p.clone();
            thread::spawn(move || drop(p))
        })
        .collect();
    resolver.resolve(value);
    drop(p.wait());
    for thread in awaiters.into_iter().chain(droppers) {
        thread.join().unwrap();
    }
    let clones_made = clones.load(Ordering::Relaxed);
    assert!(clones_made < awaiting + dropping, "the last holder of {awaiting} moves the value");
    assert_eq!(Arc::strong_count(&clones), 1, "every value has been dropped");
}

#[test]
fn all_of_two_holders_get_the_value_and_the_last_moves_it() {
    explore(|| with_loop(true, None, |_| holders(2, 0)));
}

#[test]
fn all_of_four_holders_get_the_value_while_each_of_them_clones_slowly() {
    explore(|| with_loop(true, None, |_| holders(4, 0)));
}

#[test]
fn a_holder_that_drops_its_promise_keeps_nobody_from_the_value() {
    explore(|| with_loop(true, None, |_| holders(2, 1)));
}

#[test]
fn the_drop_of_a_resolver_wakes_every_awaiter() {
    explore(|| {
        with_loop(true, None, |_| {
            let (p, resolver) = promise::<u32>();
            let q = p.clone();
            let other = thread::spawn(move || q.outcome().unwrap_err().kind());
            let dropper = thread::spawn(move || drop(resolver));
            assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
            assert_eq!(other.join().unwrap(), FailureKind::Abandoned);
            dropper.join().unwrap();
        });
    });
}

#[test]
fn a_value_resolved_while_its_promise_is_dropped_is_dropped_once() {
    explore(|| {
        with_loop(true, None, |event_loop| {
            let value = Arc::new(());
            let (p, resolver) = promise();
            let given = Arc::clone(&value);
            let other = thread::spawn(move || resolver.resolve(given));
            drop(p);
            other.join().unwrap();
            assert_eq!(Arc::strong_count(&value), 1);
            assert!(event_loop.snapshot().promises.is_empty());
        });
    });
}

#[test]
fn every_invocation_beside_a_shutdown_runs_or_is_cancelled() {
    explore(|| {
        with_loop(false, None, |event_loop| {
            let runs = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&runs);
            let invoker = beside(event_loop, move |event_loop| {
                let outcomes = [(); 2].map(|()| {
                    let runs = Arc::clone(&counter);
                    event_loop.invoke(move || runs.fetch_add(1, Ordering::Relaxed))
                });
                outcomes.map(|p| p.outcome())
            });
            assert_eq!(event_loop.shutdown(Duration::MAX), 0);
            let outcomes = invoker.join().unwrap();
            let ran = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
            assert_eq!(ran, runs.load(Ordering::Relaxed));
            for failure in outcomes.into_iter().filter_map(Result::err) {
                assert_eq!(failure.kind(), FailureKind::Cancelled);
            }
        });
    });
}

#[test]
fn with_one_thread_an_execution_that_parks_for_a_queued_callee_runs_it() {
    explore(|| {
        with_loop(false, Some(1), |event_loop| {
            let inside = event_loop.clone();
            let p = event_loop.invoke(move || inside.invoke(|| 21).wait() * 2);
            assert_eq!(p.wait(), 42);
        });
    });
}

#[test]
fn with_two_threads_two_families_end() {
    explore(|| {
        with_loop(false, Some(2), |event_loop| {
            let families = [1, 2].map(|n| {
                let inside = event_loop.clone();
                event_loop.invoke(move || inside.invoke(move || n).wait())
            });
            let sum: u32 = families.into_iter().map(|p| p.wait()).sum();
            assert_eq!(sum, 3);
        });
    });
}

#[test]
fn at_the_ceiling_an_execution_may_wait_for_one_that_waits_for_a_third() {
    explore(|| {
        with_loop(false, Some(1), |event_loop| {
            // The root awaits nothing of the loop until both have ended.
            let (done, resolver) = promise();
            let inside = event_loop.clone();
            let first = event_loop.invoke(move || {
                let shared = inside.invoke(|| 5);
                let again = shared.clone();
                let user = inside.invoke(move || again.wait());
                resolver.resolve(user.wait() + shared.wait());
            });
            first.detach();
            assert_eq!(done.wait(), 10);
        });
    });
}

#[test]
fn a_callee_nobody_awaits_starts_although_the_idle_thread_was_just_parking() {
    explore(|| {
        with_loop(false, None, |event_loop| {
            for n in 0..2 {
                let (p, resolver) = promise();
                event_loop.invoke(move || resolver.resolve(n)).detach();
                assert_eq!(p.wait(), n);
            }
        });
    });
}

#[test]
fn a_callee_nobody_awaits_starts_although_every_other_body_is_blocked() {
    explore(|| {
        with_loop(true, None, |event_loop| {
            let (end, resolver) = promise();
            for _ in 0..2 {
                let end = end.clone();
                event_loop.invoke(move || end.wait()).detach();
            }
            event_loop.invoke(move || resolver.resolve(())).detach();
            end.wait();
        });
    });
}

#[test]
fn callees_that_wait_for_each_other_outside_async_mech_all_start() {
    explore(|| {
        with_loop(true, None, |event_loop| {
            let all = Arc::new(Barrier::new(3));
            for _ in 0..2 {
                let all = Arc::clone(&all);
                event_loop.invoke(move || all.wait().is_leader()).detach();
            }
            all.wait();
        });
    });
}

#[test]
fn a_callee_queued_at_the_ceiling_starts_when_a_thread_is_free() {
    explore(|| {
        with_loop(true, Some(1), |event_loop| {
            let (p, resolver) = promise();
            event_loop.invoke(|| ()).detach();
            event_loop.invoke(move || resolver.resolve(1)).detach();
            assert_eq!(p.wait(), 1);
        });
    });
}

#[test]
fn each_of_two_bodies_parked_at_the_ceiling_is_told_to_run_its_callee() {
    explore(|| {
        with_loop(false, Some(2), |event_loop| {
            // Each has invoked before either awaits, and no thread is free to take anything.
            let all = Arc::new(Barrier::new(2));
            let bodies = [1, 2].map(|n| {
                let (inside, all) = (event_loop.clone(), Arc::clone(&all));
                event_loop.invoke(move || {
                    let callee = inside.invoke(move || n);
                    all.wait();
                    callee.wait()
                })
            });
            let (done, resolver) = promise::<u32>();
            let waits = move || resolver.resolve(bodies.into_iter().map(|p| p.wait()).sum());
            let waiter = beside(event_loop, |_| waits());
            assert_eq!(done.wait(), 3);
            waiter.join().unwrap();
        });
    });
}

#[test]
fn of_two_bodies_parked_at_the_ceiling_neither_waits_for_the_others_callee_to_end() {
    explore(|| {
        with_loop(false, Some(2), |event_loop| {
            let (bodies_meet, callees_meet) =
                (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
            let (done, resolver) = promise::<u32>();
            let resolver = Arc::new(Mutex::new(Some(resolver)));
            for n in 1..=2 {
                let (inside, resolver) = (event_loop.clone(), Arc::clone(&resolver));
                let (bodies, callees) = (Arc::clone(&bodies_meet), Arc::clone(&callees_meet));
                let body = move || {
                    // Both threads run a body before either has a callee to take.
                    bodies.wait();
                    let callee = inside.invoke(move || callees.wait().is_leader());
                    bodies.wait();
                    if callee.wait() {
                        resolver.lock().unwrap().take().expect("one leads").resolve(n);
                    }
                };
                event_loop.invoke(body).detach();
            }
            assert!((1..=2).contains(&done.wait()));
        });
    });
}

#[test]
fn two_callees_invoked_at_the_ceiling_while_the_only_thread_parks_start() {
    explore(|| {
        with_loop(true, Some(1), |event_loop| {
            event_loop.invoke(|| ()).detach();
            let replies = [1, 2].map(|n| {
                let (p, resolver) = promise();
                let invokes = move |event_loop: &EventLoop| {
                    event_loop.invoke(move || resolver.resolve(n)).detach();
                };
                (p, beside(event_loop, invokes))
            });
            for (n, (p, invoker)) in (1..).zip(replies) {
                assert_eq!(p.wait(), n);
                invoker.join().unwrap();
            }
        });
    });
}

#[test]
fn a_callee_refused_a_thread_while_another_thread_ends_starts() {
    explore(|| {
        let other = EventLoop::builder().build();
        let (met, resolver) = other.run(promise::<()>);
        let event_loop = EventLoop::builder().max_threads(2).build();
        // Its thread is to end: nobody holds the loop any more.
        event_loop.invoke(|| ()).detach();
        let body = move || {
            let meet = Arc::new(Barrier::new(2));
            let theirs = Arc::clone(&meet);
            async_mech::invoke!(|| theirs.wait().is_leader()).detach();
            meet.wait();
            resolver.resolve(());
        };
        event_loop.invoke(body).detach();
        drop(event_loop);
        other.run(|| met.wait());
    });
}

#[test]
fn at_the_ceiling_a_callee_nobody_awaits_runs_while_all_threads_are_suspended() {
    explore(|| {
        with_loop(false, Some(1), |event_loop| {
            let handle = event_loop.clone();
            let p = event_loop.invoke(move || {
                let (p, resolver) = with_a_promise();
                handle.invoke(move || resolver.resolve(1)).detach();
                p.wait()
            });
            assert_eq!(p.wait(), 1);
        });
    });
}

#[test]
fn at_the_ceiling_two_bodies_park_while_each_others_callee_is_queued() {
    explore(|| {
        with_loop(false, Some(2), |event_loop| {
            let ((p, r), (q, s)) = (with_a_promise(), with_a_promise());
            let handle = event_loop.clone();
            let one = event_loop.invoke(move || {
                handle.invoke(move || s.resolve(2)).detach();
                p.wait()
            });
            let handle = event_loop.clone();
            let two = event_loop.invoke(move || {
                handle.invoke(move || r.resolve(1)).detach();
                q.wait()
            });
            assert_eq!((one.wait(), two.wait()), (1, 2));
        });
    });
}

#[test]
fn what_was_invoked_runs_although_the_loop_is_dropped() {
    explore(|| {
        let (p, resolver) = with_a_promise();
        with_loop(true, Some(1), |event_loop| {
            event_loop.invoke(move || resolver.resolve(1)).detach();
        });
        let helper = EventLoop::builder().build();
        assert_eq!(helper.run(|| p.wait()), 1);
    });
}

fn with_a_promise() -> (async_mech::Promise<u32>, async_mech::Resolver<u32>) {
    EventLoop::builder().build().run(promise::<u32>)
}
