//! Cancelling many, at the thread ceiling, beside a shutdown, and just as something else happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{Cancellation, EventLoop, FailureKind, Promise, checkpoint, invoke, promise};
use tests::{Watchdog, kind_of, until_awaited, until_completed};

#[test]
fn very_many_parked_executions_are_cancelled() {
    const MANY: usize = 10_000;
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (gate, _resolver) = event_loop.run(promise::<()>);
    let promises: Vec<_> = (0..MANY)
        .map(|_| {
            let gate = gate.clone();
            event_loop.invoke(move || gate.wait())
        })
        .collect();
    // Those that find no thread stay queued.
    let enough = || event_loop.snapshot().awaiters[&gate.id()].len() >= MANY / 10;
    while !enough() {
        thread::sleep(Duration::from_millis(1));
    }
    for p in &promises {
        assert!(matches!(p.cancel(), Cancellation::Requested | Cancellation::Done));
    }
    for p in promises {
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    }
    assert!(!gate.is_completed());
    assert_eq!(event_loop.snapshot().promises.len(), 1);
}

#[test]
fn an_execution_parked_at_the_ceiling_is_cancelled() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (gate, _resolver) = event_loop.run(promise::<()>);
        let id = gate.id();
        let p = event_loop.invoke(move || gate.wait());
        until_awaited(&event_loop, id);
        let q = event_loop.invoke(|| 5);
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
        assert_eq!(q.wait(), 5);
    }
}

/// Awaits what the callee does, parked while its execution unwinds.
struct Cleanup(Option<Promise<u32>>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        assert_eq!(self.0.take().map(Promise::wait), Some(5));
    }
}

#[test]
fn at_the_ceiling_a_callee_whose_awaiter_was_cancelled_still_runs() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let ((begun, begins), (go, goes_on)) = (channel(), channel::<()>());
        let p = event_loop.invoke(move || {
            begun.send(()).unwrap();
            goes_on.recv().unwrap();
            let (gate, resolver) = promise::<u32>();
            let callee = invoke!(move || resolver.resolve(5));
            let _keeps = callee.clone();
            let _cleanup = Cleanup(Some(gate));
            callee.wait();
        });
        begins.recv().unwrap();
        p.cancel();
        go.send(()).unwrap();
        // Awaited on no thread that could be lent.
        until_completed(&p);
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    }
}

#[test]
fn a_shutdown_waits_for_an_execution_until_it_is_cancelled() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (gate, _resolver) = event_loop.run(promise::<()>);
    let id = gate.id();
    let hold = gate.clone();
    let p = event_loop.invoke(move || gate.wait());
    until_awaited(&event_loop, id);
    assert_eq!(event_loop.shutdown(Duration::ZERO), 1);
    let canceller = p.clone();
    let cancels = thread::spawn(move || canceller.cancel());
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    assert_eq!(cancels.join().unwrap(), Cancellation::Requested);
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Cancelled, "cancelled"));
    let late = event_loop.invoke(|| ());
    assert_eq!(late.cancel(), Cancellation::AlreadyCompleted);
    assert!(!late.is_cancelled() && late.outcome().is_err());
    assert!(!hold.is_completed());
}

#[test]
fn of_a_cancel_and_a_resolve_one_wins() {
    let _watchdog = Watchdog::over(EventLoop::global());
    for _ in 0..2_000 {
        let (p, resolver) = promise();
        let resolves = thread::spawn(move || resolver.resolve(1));
        let met = p.cancel();
        let outcome = p.outcome();
        match met {
            Cancellation::Done => assert_eq!(kind_of(outcome), FailureKind::Cancelled),
            met => assert_eq!((met, outcome.unwrap()), (Cancellation::AlreadyCompleted, 1)),
        }
        resolves.join().unwrap();
    }
}

#[test]
fn of_a_cancel_and_a_start_one_wins() {
    let _watchdog = Watchdog::over(EventLoop::global());
    for n in 0..4_000 {
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        let p = invoke!(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            if n % 2 == 0 {
                checkpoint();
            }
        });
        (0..n % 64).for_each(|_| std::hint::spin_loop());
        let met = p.cancel();
        let outcome = p.outcome();
        let ran = runs.load(Ordering::Relaxed);
        match met {
            Cancellation::Done => {
                assert_eq!((ran, kind_of(outcome)), (0, FailureKind::Cancelled));
            }
            Cancellation::AlreadyCompleted => assert_eq!((ran, outcome.is_ok()), (1, true)),
            met => {
                assert_eq!((met, ran), (Cancellation::Requested, 1));
                if let Err(failure) = outcome {
                    assert_eq!((failure.kind(), n % 2), (FailureKind::Cancelled, 0));
                }
            }
        }
    }
}
