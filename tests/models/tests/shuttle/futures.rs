//! Promises awaited by polls, and futures awaited by `block_on`: no wake is lost.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use async_mech::{EventLoop, FailureKind, block_on, promise};
use shuttle::sync::Mutex;
use shuttle::sync::mpsc::{Sender, channel};
use shuttle::thread;

fn explore(model: fn(&EventLoop)) {
    models::explore(6_000, 1_000, move || models::in_loop(true, None, model));
}

/// Sends its number when it is woken; the receiver blocks for good if nobody is.
struct Sends(u32, Mutex<Sender<u32>>);

impl Wake for Sends {
    fn wake(self: Arc<Self>) {
        let _ = self.1.lock().unwrap().send(self.0);
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_poll_beside_the_completion_gives_the_value_or_is_followed_by_a_wake() {
    explore(|_| {
        let (p, resolver) = promise();
        let resolves = thread::spawn(move || resolver.resolve(42));
        let (sender, woken) = channel();
        let waker = Waker::from(Arc::new(Sends(0, Mutex::new(sender))));
        let mut future = p.into_future();
        if poll(&mut future, &waker).is_pending() {
            woken.recv().unwrap();
            assert_eq!(poll(&mut future, &waker), Poll::Ready(42));
        }
        resolves.join().unwrap();
    });
}

#[test]
fn the_last_waker_of_several_is_woken() {
    explore(|event_loop| {
        let (sender, woken) = channel();
        let wakers = [0, 1, 2]
            .map(|number| Waker::from(Arc::new(Sends(number, Mutex::new(sender.clone())))));
        let mut future = event_loop.invoke(|| 42).into_future();
        for (number, waker) in wakers.iter().enumerate() {
            if poll(&mut future, waker).is_ready() {
                return;
            }
            if number == 2 {
                // It was pending when the last one was put, so no other can be woken.
                assert_eq!(woken.recv(), Ok(2));
                assert_eq!(poll(&mut future, waker), Poll::Ready(42));
            }
        }
    });
}

#[test]
fn a_future_dropped_beside_the_completion_leaves_no_waker() {
    explore(|event_loop| {
        let value = Arc::new(());
        let (p, resolver) = promise();
        let given = Arc::clone(&value);
        let resolves = thread::spawn(move || resolver.resolve(given));
        let (sender, woken) = channel();
        let waker = Waker::from(Arc::new(Sends(0, Mutex::new(sender))));
        let mut future = p.into_future();
        let polled = poll(&mut future, &waker);
        drop((future, polled, waker));
        resolves.join().unwrap();
        // Closed: every waker has been dropped.
        while woken.recv().is_ok() {}
        assert_eq!(Arc::strong_count(&value), 1);
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn two_futures_of_one_promise_are_both_woken() {
    explore(|_| {
        let (p, resolver) = promise();
        let q = p.clone();
        let resolves = thread::spawn(move || resolver.resolve(42));
        let other = thread::spawn(move || block_on(q));
        assert_eq!(block_on(p), 42);
        assert_eq!(other.join().unwrap(), 42);
        resolves.join().unwrap();
    });
}

/// What a future of a library is like: a value to come, and whom to wake.
#[derive(Default)]
struct Slot(Mutex<(Option<u32>, Option<Waker>)>);

impl Slot {
    fn put(&self, value: u32) {
        let mut slot = self.0.lock().unwrap();
        slot.0 = Some(value);
        let waker = slot.1.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn poll(&self, waker: &Waker) -> Poll<u32> {
        let mut slot = self.0.lock().unwrap();
        match slot.0.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.1 = Some(waker.clone());
                Poll::Pending
            }
        }
    }
}

#[test]
fn a_wake_beside_the_wait_of_block_on_is_not_lost() {
    explore(|event_loop| {
        let slots = Arc::new([Slot::default(), Slot::default()]);
        let there = Arc::clone(&slots);
        let puts = thread::spawn(move || {
            there[0].put(1);
            there[1].put(2);
        });
        let sum = block_on(async {
            let mut sum = 0;
            for slot in slots.iter() {
                sum += poll_fn(|context| slot.poll(context.waker())).await;
            }
            sum
        });
        assert_eq!(sum, 3);
        puts.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn wakes_from_two_threads_and_a_late_one_make_one_value() {
    explore(|event_loop| {
        let slots = Arc::new([Slot::default(), Slot::default()]);
        let threads = [0, 1].map(|n| {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots[n as usize].put(n + 1))
        });
        let polls = AtomicUsize::new(0);
        let mut got = [None; 2];
        // The first that comes; the other's waker is kept and woken after the end.
        let first = block_on(poll_fn(|context| {
            polls.fetch_add(1, Ordering::Relaxed);
            for (slot, got) in slots.iter().zip(&mut got) {
                if let Poll::Ready(value) = slot.poll(context.waker()) {
                    *got = Some(value);
                    return Poll::Ready(value);
                }
            }
            Poll::Pending
        }));
        assert!(first == 1 || first == 2);
        assert!(polls.load(Ordering::Relaxed) <= 3);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn executions_await_each_others_futures() {
    explore(|event_loop| {
        let slots = Arc::new([Slot::default(), Slot::default()]);
        let there = Arc::clone(&slots);
        let callee = event_loop.invoke(move || {
            let n = block_on(poll_fn(|context| there[0].poll(context.waker())));
            there[1].put(n + 1);
            n
        });
        slots[0].put(1);
        let n = block_on(async {
            poll_fn(|context| slots[1].poll(context.waker())).await + callee.await
        });
        assert_eq!(n, 3);
    });
}

#[test]
fn a_cancel_beside_the_wake_ends_block_on_once() {
    explore(|event_loop| {
        let slot = Arc::new(Slot::default());
        let there = Arc::clone(&slot);
        let p = event_loop.invoke(move || block_on(poll_fn(|context| there.poll(context.waker()))));
        let puts = thread::spawn(move || slot.put(1));
        p.cancel();
        match p.outcome() {
            Ok(value) => assert_eq!(value, 1),
            Err(failure) => assert_eq!(failure.kind(), FailureKind::Cancelled),
        }
        puts.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}
