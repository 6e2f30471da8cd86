//! Promises as channels' receivers: `select!` with other channels.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use async_mech::crossbeam_channel::{
    Receiver, RecvError, Select, TryRecvError, after, bounded, never, select, unbounded,
};
use async_mech::{EventLoop, FailureKind, invoke, promise};
use tests::{Watchdog, watched};

#[test]
fn a_receiver_gets_one_message_and_is_disconnected() {
    let _watchdog = watched();
    let receiver = invoke!(|| 42).receiver();
    assert_eq!(receiver.recv().unwrap().unwrap(), 42);
    assert_eq!(receiver.recv().unwrap_err(), RecvError);
    // Nor does it matter when the promise is completed.
    let (p, resolver) = promise();
    resolver.resolve("early");
    let receiver = p.receiver();
    assert_eq!(receiver.try_recv().unwrap().unwrap(), "early");
    assert_eq!(receiver.try_recv().unwrap_err(), TryRecvError::Disconnected);
}

#[test]
fn a_pending_promise_has_sent_nothing_yet() {
    let (p, resolver) = promise();
    let receiver = p.receiver();
    assert_eq!(receiver.try_recv().unwrap_err(), TryRecvError::Empty);
    select! {
        recv(receiver) -> _ => panic!("nobody resolved it"),
        default => {}
    }
    select! {
        recv(receiver) -> _ => panic!("nobody resolved it"),
        recv(after(Duration::from_millis(1))) -> _ => {}
    }
    resolver.resolve(1);
    assert_eq!(receiver.try_recv().unwrap().unwrap(), 1);
}

#[test]
fn an_execution_selects_over_a_promise_and_other_channels() {
    let _watchdog = watched();
    let (sender, messages) = bounded::<u32>(0);
    let (p, resolver) = promise();
    let selecting = invoke!(move || {
        let (end, mut sum) = (p.receiver(), 0);
        loop {
            select! {
                recv(messages) -> message => sum += message.expect("the end comes first"),
                recv(end) -> end => break (sum, end.expect("one message").unwrap()),
                recv(never::<()>()) -> _ => unreachable!("never"),
            }
        }
    });
    for n in 0..100 {
        sender.send(n).expect("it selects");
    }
    resolver.resolve("the end");
    assert_eq!(selecting.wait(), (4950, "the end"));
    drop(sender);
}

#[test]
fn a_thousand_promises_are_selected_as_they_complete() {
    let _watchdog = watched();
    let mut receivers: Vec<Receiver<_>> =
        (0..1000_u64).map(|n| invoke!(move || n).receiver()).collect();
    let mut sum = 0;
    while !receivers.is_empty() {
        let mut select = Select::new();
        for receiver in &receivers {
            select.recv(receiver);
        }
        let ready = select.ready();
        let outcome = receivers.swap_remove(ready).try_recv().expect("only this thread receives");
        sum += outcome.unwrap();
    }
    assert_eq!(sum, 499_500);
}

#[test]
fn a_failure_is_a_message() {
    let _watchdog = watched();
    let receiver = invoke!(|| -> u32 { panic!("no disk") }).receiver();
    let failure = receiver.recv().unwrap().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "no disk"));
    assert_eq!(receiver.recv().unwrap_err(), RecvError);
}

#[test]
fn an_abandoned_promise_sends_its_failure() {
    let _watchdog = watched();
    let (p, resolver) = promise::<u32>();
    let receiver = p.receiver();
    let dropper = thread::spawn(move || drop(resolver));
    assert_eq!(receiver.recv().unwrap().unwrap_err().kind(), FailureKind::Abandoned);
    dropper.join().unwrap();
}

#[test]
fn a_receiver_dropped_early_stops_nothing_and_its_value_is_dropped() {
    let _watchdog = watched();
    let (go, wait) = bounded::<()>(0);
    let value = Arc::new(());
    let given = Arc::clone(&value);
    let (p, resolver) = promise();
    let runs = invoke!(move || {
        wait.recv().expect("the test says so");
        resolver.resolve(given);
    });
    drop(p.receiver());
    go.send(()).expect("it runs");
    runs.wait();
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_value_that_panics_when_dropped_ends_no_thread() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (go, wait) = bounded::<()>(0);
    let p = event_loop.invoke(move || {
        wait.recv().expect("the test says so");
        Panics
    });
    drop(p.receiver());
    go.send(()).expect("it runs");
    assert_eq!(event_loop.invoke(|| 1).receiver().recv().unwrap().unwrap(), 1);
}

#[test]
fn every_receiver_of_a_shared_promise_gets_the_value() {
    let _watchdog = watched();
    let (p, resolver) = promise();
    let receivers: Vec<_> = (0..20).map(|_| p.clone().receiver()).collect();
    resolver.resolve(Arc::new(5));
    for receiver in receivers {
        assert_eq!(*receiver.recv().unwrap().unwrap(), 5);
    }
    assert_eq!(Arc::strong_count(&p.wait()), 1);
}

/// Cannot be cloned while the test says so.
#[derive(Debug)]
struct Fragile(Arc<AtomicBool>);

impl Clone for Fragile {
    fn clone(&self) -> Fragile {
        assert!(!self.0.load(Ordering::Relaxed), "a clone");
        Fragile(Arc::clone(&self.0))
    }
}

#[test]
fn a_clone_that_panics_is_a_message_and_harms_no_other_holder() {
    let _watchdog = watched();
    let fragile = Arc::new(AtomicBool::new(true));
    let (p, resolver) = promise();
    let (one, two) = (p.clone().receiver(), p.clone().receiver());
    resolver.resolve(Fragile(Arc::clone(&fragile)));
    // One of a promise that is completed already, too.
    for receiver in [one, two, p.clone().receiver()] {
        let failure = receiver.recv().unwrap().unwrap_err();
        assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "a clone"));
    }
    assert!(p.outcome().is_ok());
}

#[test]
fn a_value_need_not_be_shared_between_threads() {
    let _watchdog = watched();
    let receiver = invoke!(|| Cell::new(1)).receiver();
    assert_eq!(receiver.recv().unwrap().unwrap().get(), 1);
}

#[test]
fn a_receiver_is_sent_to_another_thread_and_receives_there() {
    let _watchdog = watched();
    let (collect, collected) = unbounded();
    let receivers: Vec<_> = (0..100_u32).map(|n| invoke!(move || n).receiver()).collect();
    let threads: Vec<_> = receivers
        .into_iter()
        .map(|receiver| {
            let collect = collect.clone();
            thread::spawn(move || collect.send(receiver.recv().unwrap().unwrap()).unwrap())
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    drop(collect);
    assert_eq!(collected.iter().sum::<u32>(), 4950);
}
