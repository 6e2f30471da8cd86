//! What `cancel` meets, and what it makes of the execution.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use async_mech::{
    Cancellation, EventLoop, Failure, FailureKind, Promise, checkpoint, current, invocable, invoke,
    promise, sleep, wait,
};
use tests::{Watchdog, kind_of, occupy, until_awaited, until_completed, watched};

/// Says that it was dropped.
struct Dropped(Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

fn guard() -> (Dropped, Receiver<()>) {
    let (drops, dropped) = channel();
    (Dropped(drops), dropped)
}

#[test]
fn a_queued_function_never_runs_and_its_captured_values_are_dropped() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let (held, ran) = (Arc::new(()), Arc::new(AtomicBool::new(false)));
    let (inside, runs) = (Arc::clone(&held), Arc::clone(&ran));
    let p = event_loop.run(|| {
        invoke!(move || {
            runs.store(true, Ordering::Relaxed);
            drop(inside);
        })
    });
    let (id, line) = (p.id(), p.location().line());
    assert!(!p.is_cancelled());
    assert_eq!(p.cancel(), Cancellation::Done);
    assert!(p.is_completed() && p.is_cancelled());
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id));
    assert_eq!((failure.file(), failure.line()), (file!(), line));
    assert_eq!(failure.message(), "before it started");
    assert!(failure.to_string().ends_with("was cancelled: before it started"), "{failure}");
    assert!(failure.source().is_none() && failure.into_panic().is_err());
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    assert!(!ran.load(Ordering::Relaxed));
}

#[invocable]
fn suspended_for(gate: Promise<u32>, guard: Dropped) -> u32 {
    let value = gate.await;
    drop(guard);
    value
}

#[test]
fn a_parked_execution_ends_and_its_destructors_run() {
    let _watchdog = watched();
    let ((gate, resolver), (guard, dropped)) = (promise(), guard());
    let (id, hold) = (gate.id(), gate.clone());
    let p = invoke!(suspended_for(gate, guard));
    until_awaited(EventLoop::global(), id);
    assert_eq!(p.cancel(), Cancellation::Requested);
    dropped.recv().expect("the destructor runs");
    let me = p.id();
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, me));
    assert_eq!((failure.name(), failure.message()), ("suspended_for", "cancelled"));
    assert_eq!(failure.origin().id(), me);
    assert!(failure.to_string().ends_with("was cancelled"), "{failure}");
    resolver.resolve(1);
    assert_eq!(hold.wait(), 1);
}

#[test]
fn a_timed_wait_ends_too() {
    let _watchdog = watched();
    for time in [Duration::from_secs(3_600), Duration::MAX] {
        let (gate, _resolver) = promise::<()>();
        let id = gate.id();
        let p = invoke!(move || gate.wait_timeout(time).is_ok());
        until_awaited(EventLoop::global(), id);
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    }
}

/// An execution that runs until told, then does `then`.
fn running<T: Send + 'static>(
    then: impl FnOnce() -> T + Send + 'static,
) -> (Promise<T>, impl FnOnce()) {
    let ((begun, begins), (go, goes_on)) = (channel(), channel::<()>());
    let p = invoke!(move || {
        begun.send(()).expect("the caller waits for it");
        let _ = goes_on.recv();
        then()
    });
    begins.recv().expect("it begins");
    (p, move || drop(go))
}

#[test]
fn a_running_function_ends_at_its_next_checkpoint_sleep_or_await() {
    let _watchdog = watched();
    let (completed, resolver) = promise();
    resolver.resolve(());
    let (pending, _resolver) = promise();
    let timed = pending.clone();
    let ends: [Box<dyn FnOnce() + Send>; 5] = [
        Box::new(checkpoint),
        Box::new(|| sleep(Duration::ZERO)),
        Box::new(|| completed.wait()),
        Box::new(|| wait(pending)),
        Box::new(|| drop(timed.wait_timeout(Duration::ZERO))),
    ];
    for ends in ends {
        let (reached, beyond) = channel();
        let (p, go) = running(move || {
            assert!(current().is_cancelled());
            reached.send("the end").unwrap();
            ends();
            reached.send("beyond it").unwrap();
        });
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(p.cancel(), Cancellation::AlreadyCancelled);
        assert!(p.is_cancelled() && !p.is_completed());
        go();
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
        assert_eq!(beyond.iter().collect::<Vec<_>>(), ["the end"]);
    }
}

#[test]
fn a_function_that_comes_to_no_such_place_completes_as_ever() {
    let _watchdog = watched();
    let (p, go) = running(|| 5);
    assert_eq!(p.cancel(), Cancellation::Requested);
    go();
    until_completed(&p);
    assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    assert!(p.is_cancelled());
    assert_eq!(p.wait(), 5);
}

#[test]
fn a_root_execution_cannot_be_cancelled() {
    let _watchdog = watched();
    checkpoint();
    assert!(!current().is_cancelled());
    // Its thread, lent to what is cancelled, is its own again.
    let p = invoke!(|| {
        let (p, _resolver) = promise::<()>();
        p.wait();
    });
    let canceller = p.clone();
    let cancels = thread::spawn(move || canceller.cancel());
    assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    cancels.join().unwrap();
    checkpoint();
    sleep(Duration::ZERO);
    assert!(!current().is_cancelled());
}

#[test]
fn a_completed_promise_keeps_its_value() {
    let _watchdog = watched();
    let (p, resolver) = promise();
    resolver.resolve(7);
    assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    assert!(!p.is_cancelled());
    assert_eq!(p.wait(), 7);
}

#[test]
fn a_resolvers_promise_fails_at_once_and_the_resolver_does_nothing() {
    type Use = fn(async_mech::Resolver<Arc<()>>, Arc<()>);
    let uses: [Use; 3] = [
        |resolver, value| resolver.resolve(value),
        |resolver, _| resolver.fail(std::fmt::Error),
        |resolver, _| drop(resolver),
    ];
    for used in uses {
        let (value, (p, resolver)) = (Arc::new(()), promise());
        let id = p.id();
        assert_eq!(p.cancel(), Cancellation::Done);
        assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
        used(resolver, Arc::clone(&value));
        assert_eq!(Arc::strong_count(&value), 1);
        let failure = p.outcome().unwrap_err();
        assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id));
    }
}

#[test]
fn awaiters_of_a_cancelled_promise_are_led_to_it() {
    let _watchdog = watched();
    let (gate, _resolver) = promise::<u32>();
    let id = gate.id();
    let cancelled = invoke!(move || gate.wait());
    let shared = cancelled.clone();
    let inner = invoke!(move || shared.wait());
    let outer = invoke!(move || inner.wait());
    until_awaited(EventLoop::global(), id);
    cancelled.cancel();
    let (first, last) = (cancelled.id(), outer.id());
    let failure = outer.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, last));
    assert_eq!((failure.origin().kind(), failure.origin().id()), (FailureKind::Cancelled, first));
    let links = std::iter::successors(Some(&failure as &dyn Error), |error| (*error).source());
    assert_eq!(links.count(), 3);
    assert!(failure.to_string().contains("failed, for it awaited"), "{failure}");
    assert_eq!(cancelled.outcome().unwrap_err().id(), first);
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_destructor_is_not_interrupted_while_the_execution_unwinds() {
    let _watchdog = watched();
    let ((gate, resolver), (cleaned, cleans)) = (promise(), channel());
    let id = gate.id();
    let mut gate = Some(gate);
    let (p, go) = running(move || {
        let _on_drop = OnDrop(move || {
            checkpoint();
            sleep(Duration::from_millis(1));
            let value = invoke!(|| 40).wait() + gate.take().map_or(0, Promise::wait);
            cleaned.send(value).unwrap();
        });
        sleep(Duration::MAX);
    });
    p.cancel();
    go();
    until_awaited(EventLoop::global(), id);
    assert!(matches!(p.cancel(), Cancellation::AlreadyCancelled));
    resolver.resolve(2);
    assert_eq!(cleans.recv(), Ok(42));
    assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
}

#[test]
fn a_destructor_in_the_normal_course_is_interrupted() {
    let _watchdog = watched();
    let (reached, reaches) = channel();
    let (p, go) = running(move || {
        let said = reached.clone();
        drop(OnDrop(move || {
            said.send("dropped").unwrap();
            checkpoint();
            said.send("beyond it").unwrap();
        }));
        reached.send("after it").unwrap();
    });
    p.cancel();
    go();
    assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
    assert_eq!(reaches.iter().collect::<Vec<_>>(), ["dropped"]);
}

#[test]
fn a_function_that_catches_the_unwinding_completes_normally() {
    let _watchdog = watched();
    let (p, go) = running(|| {
        let payload = catch_unwind(checkpoint).unwrap_err();
        let failure = payload.downcast::<Failure>().expect("a failure");
        assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, current().id()));
        // It is still cancelled.
        assert!(current().is_cancelled() && catch_unwind(checkpoint).is_err());
        let _ = catch_unwind(AssertUnwindSafe(|| sleep(Duration::MAX))).unwrap_err();
        "saved"
    });
    p.cancel();
    go();
    assert_eq!(p.wait(), "saved");
}

#[test]
fn a_caught_unwinding_may_go_on() {
    let _watchdog = watched();
    let (p, go) = running(|| {
        let payload = catch_unwind(checkpoint).unwrap_err();
        resume_unwind(payload)
    });
    let id = p.id();
    p.cancel();
    go();
    let failure = p.outcome().map(|()| "never").unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id));
    assert!(failure.source().is_none());
}

#[test]
fn an_execution_may_cancel_itself() {
    let _watchdog = watched();
    let (hand, handed) = channel::<Promise<()>>();
    let p = invoke!(move || {
        let me = handed.recv().unwrap();
        // Parked once, so that it is known where it runs.
        sleep(Duration::from_millis(1));
        assert_eq!(me.cancel(), Cancellation::Requested);
        assert!(current().is_cancelled());
        checkpoint();
        unreachable!("it has ended");
    });
    hand.send(p.clone()).unwrap();
    assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
}

#[test]
fn a_detached_execution_is_cancelled_like_any_other() {
    let _watchdog = watched();
    let (guard, dropped) = guard();
    let p = invoke!(move || {
        let _guard = guard;
        sleep(Duration::MAX);
    });
    p.clone().detach();
    let id = p.id();
    p.cancel();
    p.detach();
    dropped.recv().expect("its destructor runs");
    while EventLoop::global().snapshot().promises.contains_key(&id) {
        thread::yield_now();
    }
}

#[test]
fn receivers_and_futures_of_a_cancelled_promise_get_the_failure() {
    let _watchdog = watched();
    let p = invoke!(|| sleep(Duration::MAX));
    let (receiver, future) = (p.clone().receiver(), p.clone().into_future().outcome());
    p.cancel();
    assert_eq!(kind_of(receiver.recv().expect("one message")), FailureKind::Cancelled);
    assert_eq!(kind_of(async_mech::block_on(future)), FailureKind::Cancelled);
    assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
}

#[invocable(own_thread)]
fn alone(begun: Sender<()>) {
    begun.send(()).unwrap();
    sleep(Duration::MAX);
}

#[test]
fn a_function_on_a_thread_of_its_own_is_cancelled() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (begun, begins) = channel();
        let p = invoke!(alone(begun));
        begins.recv().unwrap();
        p.cancel();
        assert_eq!(kind_of(p.outcome()), FailureKind::Cancelled);
        // Lent by its awaiter, which is cancelled; and by one that is not.
        for which in [0, 1] {
            let (begun, begins) = channel();
            let (hand, handed) = channel();
            let awaiter = invoke!(move || {
                let p = invoke!(alone(begun));
                let alone = (which == 1).then(|| p.clone());
                hand.send(alone).unwrap();
                kind_of(p.outcome())
            });
            let alone = handed.recv().unwrap();
            begins.recv().unwrap();
            match alone {
                Some(alone) => {
                    alone.cancel();
                    assert_eq!(awaiter.wait(), FailureKind::Cancelled);
                }
                None => {
                    awaiter.cancel();
                    assert_eq!(kind_of(awaiter.outcome()), FailureKind::Cancelled);
                }
            }
        }
    });
}

#[test]
fn a_cancel_prints_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_cancelled"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(
        (text(output.stderr), text(output.stdout)),
        (String::new(), "main returns\n".into())
    );
    assert_eq!(output.status.code(), Some(0));
}
