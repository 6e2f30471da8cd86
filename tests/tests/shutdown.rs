//! Shutting a loop down: what is refused, cancelled, waited for and counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, FailureKind, Promise, invoke, promise};
use tests::Watchdog;

/// `n` invocations that run until the returned guard is dropped.
fn hold(event_loop: &EventLoop, n: usize) -> (Vec<Promise<()>>, impl Drop) {
    struct End(Vec<std::sync::mpsc::Sender<()>>);
    impl Drop for End {
        fn drop(&mut self) {
            self.0.clear();
        }
    }
    let (begun, begins) = channel();
    let (mut promises, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let (begun, (end, ended)) = (begun.clone(), channel());
        promises.push(event_loop.invoke(move || {
            begun.send(()).unwrap();
            let _ = ended.recv();
        }));
        ends.push(end);
        begins.recv().unwrap();
    }
    (promises, End(ends))
}

#[test]
fn a_loop_that_has_nothing_to_do_shuts_down_at_once() {
    let event_loop = EventLoop::builder().build();
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    event_loop.invoke(|| ()).detach();
    let event_loop = EventLoop::builder().build();
    assert_eq!(event_loop.invoke(|| 5).wait(), 5);
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    assert_eq!(event_loop.shutdown(Duration::MAX), 0, "once more");
}

#[test]
fn an_invocation_after_the_shutdown_is_refused_and_never_runs() {
    let event_loop = EventLoop::builder().build();
    event_loop.shutdown(Duration::MAX);
    let value = Arc::new(());
    let given = Arc::clone(&value);
    let p = event_loop.invoke(move || drop(given));
    assert!(p.is_completed());
    assert_eq!(Arc::strong_count(&value), 1, "its arguments are dropped");
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert_eq!(failure.message(), "the event loop has been shut down");
    assert!(failure.to_string().contains("was cancelled"), "{failure}");
}

#[test]
fn queued_invocations_are_cancelled_and_their_awaiters_told() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (running, end) = hold(&event_loop, 1);
    let ran = Arc::new(AtomicUsize::new(0));
    let queued: Vec<_> = (0..100)
        .map(|_| {
            let ran = Arc::clone(&ran);
            event_loop.invoke(move || ran.fetch_add(1, Ordering::Relaxed))
        })
        .collect();
    assert_eq!(event_loop.shutdown(Duration::ZERO), 1, "the one that runs");
    for p in queued {
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    }
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    drop(end);
    running.into_iter().for_each(Promise::wait);
}

#[test]
fn a_shutdown_counts_what_still_runs_after_its_patience() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (running, end) = hold(&event_loop, 5);
    assert_eq!(event_loop.shutdown(Duration::ZERO), 5);
    assert_eq!(event_loop.shutdown(Duration::from_millis(2)), 5);
    drop(end);
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    running.into_iter().for_each(Promise::wait);
}

#[test]
fn a_shutdown_waits_for_what_runs_and_for_what_that_awaits() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (begun, begins) = channel();
    let (go, goes) = promise::<u32>();
    let p = event_loop.invoke(move || {
        let inner = invoke!(move || {
            begun.send(()).unwrap();
            go.wait()
        });
        inner.wait() + 1
    });
    begins.recv().unwrap();
    let helper = thread::spawn(move || goes.resolve(1));
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    assert!(p.is_completed());
    assert_eq!(p.wait(), 2);
    helper.join().unwrap();
}

#[test]
fn what_runs_on_after_a_shutdown_cannot_invoke_but_may_resolve() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (begun, begins) = channel();
    let (go, goes) = channel::<()>();
    let (reply, resolver) = event_loop.run(promise::<u32>);
    let p = event_loop.invoke(move || {
        begun.send(()).unwrap();
        let _ = goes.recv();
        resolver.resolve(3);
        invoke!(|| 1).outcome().unwrap_err().kind()
    });
    begins.recv().unwrap();
    assert_eq!(event_loop.shutdown(Duration::ZERO), 1);
    drop(go);
    assert_eq!(p.wait(), FailureKind::Cancelled);
    assert_eq!(reply.wait(), 3);
}

#[test]
fn promises_without_a_callee_are_not_waited_for() {
    let event_loop = EventLoop::builder().build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    resolver.resolve(1);
    assert_eq!(p.wait(), 1);
}

#[test]
fn an_execution_may_shut_its_own_loop_down_and_does_not_wait_for_itself() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let handle = event_loop.clone();
        let p = event_loop.invoke(move || handle.shutdown(Duration::MAX));
        assert_eq!(p.wait(), 0);
        assert!(event_loop.invoke(|| ()).outcome().is_err());
    }
}

#[test]
fn many_may_shut_a_loop_down_at_once() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (running, end) = hold(&event_loop, 3);
    let barrier = Barrier::new(5);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    event_loop.shutdown(Duration::MAX)
                })
            })
            .collect();
        barrier.wait();
        drop(end);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 0);
        }
    });
    running.into_iter().for_each(Promise::wait);
}

#[test]
fn invocations_beside_a_shutdown_run_or_are_cancelled() {
    for _ in 0..100 {
        let event_loop = EventLoop::builder().build();
        let _watchdog = Watchdog::over(&event_loop);
        let ran = Arc::new(AtomicUsize::new(0));
        let cancelled: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let invoke = |_| {
                            let ran = Arc::clone(&ran);
                            event_loop.invoke(move || ran.fetch_add(1, Ordering::Relaxed))
                        };
                        let promises: Vec<_> = (0..20).map(invoke).collect();
                        let outcomes = promises.into_iter().map(Promise::outcome);
                        outcomes.filter(|outcome| outcome.is_err()).count()
                    })
                })
                .collect();
            assert_eq!(event_loop.shutdown(Duration::MAX), 0);
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(ran.load(Ordering::Relaxed) + cancelled, 60);
    }
}

#[test]
fn the_threads_end_with_a_shutdown() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (running, end) = hold(&event_loop, 10);
    drop(end);
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    running.into_iter().for_each(Promise::wait);
    while event_loop.snapshot().threads > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(event_loop.snapshot().promises.is_empty());
}
