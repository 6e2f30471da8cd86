//! Cancelling without the promise.

use std::thread;
use std::time::Duration;

use async_mech::{Cancellation, EventLoop, FailureKind, Promise, invoke, promise, sleep};
use tests::Watchdog;

#[test]
fn a_canceller_cancels_a_promise_that_cannot_be_cloned() {
    let _watchdog = Watchdog::over(EventLoop::global());
    struct Opaque;
    let p: Promise<Opaque> = invoke!(|| {
        sleep(Duration::MAX);
        Opaque
    });
    let canceller = p.canceller();
    let other = canceller.clone();
    assert_eq!(other.id(), p.id());
    let met = thread::spawn(move || canceller.cancel()).join().unwrap();
    assert!(matches!(met, Cancellation::Requested | Cancellation::Done), "{met:?}");
    let failure = p.outcome().map(|_| "a value").unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    assert_eq!(other.cancel(), Cancellation::AlreadyCompleted);
}

#[test]
fn it_keeps_nothing_alive() {
    let (p, resolver) = promise::<std::sync::Arc<u32>>();
    let value = std::sync::Arc::new(1);
    let canceller = p.canceller();
    resolver.resolve(std::sync::Arc::clone(&value));
    drop(p);
    assert_eq!(std::sync::Arc::strong_count(&value), 1);
    assert_eq!(canceller.cancel(), Cancellation::AlreadyCompleted);
}

#[test]
fn the_losers_of_a_race_are_cancelled() {
    let _watchdog = Watchdog::over(EventLoop::global());
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let loser = invoke!(move || {
        let _ended = ended;
        sleep(Duration::MAX);
        0
    });
    let canceller = loser.canceller();
    assert_eq!(Promise::race([loser, invoke!(|| 1)]).wait(), 1);
    canceller.cancel();
    // The sender is dropped when the loser has unwound.
    assert!(end.recv().is_err());
}
