//! Futures awaited by blocking code: `block_on`.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Status, block_on, current, invoke, promise};
use tests::{Watchdog, watched};

#[test]
fn a_future_that_is_ready_is_polled_once() {
    let mut polls = 0;
    let value = block_on(poll_fn(|_| {
        polls += 1;
        Poll::Ready(polls)
    }));
    assert_eq!((value, polls), (1, 1));
}

#[test]
fn a_future_may_borrow_and_stay_on_its_thread() {
    let local = String::from("mine");
    let shared = Rc::new(2);
    assert_eq!(block_on(async { local.len() + *shared }), 6);
}

#[test]
fn a_promise_is_awaited_as_a_future_too() {
    let _watchdog = watched();
    assert_eq!(block_on(invoke!(|| 42)), 42);
    let p = invoke!(|| 42);
    assert_eq!(block_on(&p) + block_on(p), 84);
}

#[test]
fn another_thread_wakes_it() {
    let _watchdog = watched();
    for n in 0..500 {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let thread = thread::spawn(move || sender.send(n));
        assert_eq!(block_on(receiver), Ok(n));
        thread.join().unwrap().unwrap();
    }
}

#[test]
fn an_invocation_awaits_futures_on_one_thread_as_one_execution() {
    let _watchdog = watched();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let p = invoke!(move || {
        let me = (current().id(), thread::current().id());
        block_on(async {
            let mut sum = 0;
            while let Some(n) = receiver.recv().await {
                assert_eq!((current().id(), thread::current().id()), me);
                sum += n;
            }
            sum
        })
    });
    invoke!(move || {
        for n in 0..100 {
            block_on(sender.send(n)).expect("the receiver is there");
        }
    })
    .detach();
    assert_eq!(p.wait(), 4950);
}

/// Is pending as often as that, having done `wake` each time.
fn yields(times: usize, mut wake: impl FnMut(&Waker)) -> impl Future<Output = usize> {
    let mut polls = 0;
    poll_fn(move |context| {
        polls += 1;
        if polls > times {
            return Poll::Ready(polls);
        }
        wake(context.waker());
        Poll::Pending
    })
}

#[test]
fn a_wake_during_the_poll_is_not_lost() {
    let _watchdog = watched();
    assert_eq!(block_on(yields(1000, Waker::wake_by_ref)), 1001);
    let consumed = |waker: &Waker| {
        let waker = waker.clone();
        waker.wake();
    };
    assert_eq!(block_on(yields(1000, consumed)), 1001);
    // From another thread, and over before the poll is.
    let elsewhere = |waker: &Waker| {
        let waker = waker.clone();
        thread::spawn(move || waker.wake()).join().unwrap();
    };
    assert_eq!(block_on(yields(100, elsewhere)), 101);
}

#[test]
fn several_wakes_make_one_poll() {
    let _watchdog = watched();
    let wakes = |waker: &Waker| (0..5).for_each(|_| waker.wake_by_ref());
    assert_eq!(block_on(yields(10, wakes)), 11);
}

#[test]
fn a_wake_without_a_reason_makes_it_look_again() {
    let _watchdog = watched();
    let (sender, mut receiver) = tokio::sync::oneshot::channel();
    let (polled, is_polled) = channel();
    let waking = thread::spawn(move || {
        for _ in 0..100 {
            let waker: Waker = is_polled.recv().expect("it is polled again");
            waker.wake();
        }
        sender.send(7).expect("the receiver is there");
        drop(is_polled);
    });
    let value = block_on(poll_fn(|context| {
        let _ = polled.send(context.waker().clone());
        Pin::new(&mut receiver).poll(context)
    }));
    assert_eq!(value, Ok(7));
    waking.join().unwrap();
}

#[test]
fn a_waker_kept_after_the_end_does_nothing_and_keeps_nothing() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let wakers = Arc::new(Mutex::new(Vec::new()));
    let keep = |waker: &Waker| {
        wakers.lock().unwrap().push(waker.clone());
        let waker = waker.clone();
        thread::spawn(move || waker.wake());
    };
    assert_eq!(event_loop.run(|| block_on(yields(20, keep))), 21);
    let wakers: Vec<Waker> = std::mem::take(&mut *wakers.lock().unwrap());
    assert_eq!(event_loop.snapshot().promises.len(), 0);
    wakers.into_iter().for_each(Waker::wake);
    assert_eq!(event_loop.snapshot().promises.len(), 0);
}

#[test]
fn a_panic_of_the_future_passes_through_and_drops_it() {
    let held = Arc::new(());
    let inner = Arc::clone(&held);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        block_on(async move {
            let _inner = inner;
            yields(1, Waker::wake_by_ref).await;
            std::panic::panic_any(17_u8);
        })
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref::<u8>(), Some(&17));
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn a_failure_awaited_in_the_future_is_the_cause_of_the_executions() {
    let _watchdog = watched();
    let p = invoke!(|| block_on(async { invoke!(|| -> u32 { panic!("no disk") }).await }));
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "no disk"));
    assert_ne!(failure.id(), failure.origin().id());
    let root = catch_unwind(|| block_on(invoke!(|| -> u32 { panic!("no disk") }))).unwrap_err();
    assert!(root.is::<Failure>());
}

#[test]
fn it_nests() {
    let _watchdog = watched();
    let value = block_on(async {
        let inner = block_on(async { invoke!(|| block_on(invoke!(|| 1))).await + 1 });
        yields(1, Waker::wake_by_ref).await + inner
    });
    assert_eq!(value, 4);
}

#[test]
fn tokios_timers_need_its_handle_entered() {
    let _watchdog = watched();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("threads");
    let handle = runtime.handle().clone();
    let p = invoke!(move || {
        let _guard = handle.enter();
        block_on(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            tokio::spawn(async { invoke!(|| 3).await }).await.expect("no panic")
        })
    });
    assert_eq!(p.wait(), 3);
    let p = invoke!(|| block_on(async { tokio::time::sleep(Duration::from_millis(1)).await }));
    assert!(p.outcome().unwrap_err().message().contains("runtime"));
}

#[test]
fn smols_timers_need_nothing() {
    let _watchdog = watched();
    let p = invoke!(|| block_on(smol::Timer::after(Duration::from_millis(1))));
    p.wait();
}

#[test]
fn a_snapshot_shows_who_awaits_a_future() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (give, waker) = channel();
    let mut woken = false;
    let p = event_loop.invoke(move || {
        block_on(poll_fn(|context: &mut Context<'_>| {
            if std::mem::replace(&mut woken, true) {
                return Poll::Ready(());
            }
            give.send(context.waker().clone()).expect("the test waits for it");
            Poll::Pending
        }));
    });
    let waker: Waker = waker.recv().expect("it is polled");
    // The poll is about to end: it awaits in a moment.
    let internal = loop {
        let state = event_loop.snapshot();
        let awaited = state.awaiters.iter().find(|(_, awaiters)| **awaiters == [p.id()]);
        if let Some((id, _)) = awaited {
            break *id;
        }
        thread::yield_now();
    };
    assert_ne!(internal, p.id());
    assert!(matches!(event_loop.snapshot().promises[&internal], Status::Pending));
    waker.wake();
    p.wait();
    assert!(event_loop.snapshot().promises.is_empty());
}

#[test]
fn executions_that_await_futures_do_not_use_up_a_ceiling() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(2).lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let sum: u32 = event_loop.run(|| {
            let jobs: Vec<_> = (0..50)
                .map(|n| invoke!(move || block_on(async move { invoke!(move || n).await })))
                .collect();
            jobs.into_iter().map(|job| job.wait()).sum()
        });
        assert_eq!(sum, 1225);
    }
}

#[test]
fn two_executions_wake_each_others_futures() {
    let _watchdog = watched();
    let (there, mut here) = tokio::sync::mpsc::channel::<u32>(1);
    let (back, mut again) = tokio::sync::mpsc::channel::<u32>(1);
    invoke!(move || {
        block_on(async {
            while let Some(n) = here.recv().await {
                back.send(n + 1).await.expect("the caller waits for it");
            }
        });
    })
    .detach();
    let mut n = 0;
    block_on(async {
        while n < 1000 {
            there.send(n).await.expect("the callee waits for it");
            n = again.recv().await.expect("the callee answers");
        }
    });
    assert_eq!(n, 1000);
}

#[test]
fn a_future_dropped_at_the_end_may_wake_and_block() {
    struct Late(Option<Waker>);
    impl Future for Late {
        type Output = ();
        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            self.0 = Some(context.waker().clone());
            Poll::Ready(())
        }
    }
    impl Drop for Late {
        fn drop(&mut self) {
            self.0.take().expect("it was polled").wake();
            let (p, resolver) = promise();
            thread::spawn(move || resolver.resolve(1));
            assert_eq!(p.wait(), 1);
        }
    }
    let _watchdog = watched();
    block_on(Late(None));
}

/// Sends its waker, and is never ready.
fn never(polled: Sender<Waker>, held: Arc<()>) -> impl Future<Output = ()> {
    poll_fn(move |context| {
        let _ = &held;
        let _ = polled.send(context.waker().clone());
        Poll::Pending
    })
}

#[test]
fn a_cancelled_execution_unwinds_out_of_it_and_drops_the_future() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let held = Arc::new(());
    let (polled, is_polled) = channel();
    let future = never(polled, Arc::clone(&held));
    let p = event_loop.invoke(move || block_on(future));
    let waker = is_polled.recv().expect("it is polled");
    p.cancel();
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(Arc::strong_count(&held), 1);
    // Kept by somebody, it wakes nobody.
    waker.wake();
    assert!(event_loop.snapshot().promises.is_empty());
}

#[test]
fn a_cancelled_execution_ends_at_the_next_wait_of_its_future() {
    let _watchdog = watched();
    let (go, wait) = channel::<()>();
    let (polled, is_polled) = channel();
    let held = Arc::new(());
    let inner = never(polled, Arc::clone(&held));
    let p = invoke!(move || {
        block_on(async {
            wait.recv().expect("the test says so");
            inner.await;
        })
    });
    let q = p.clone();
    p.cancel();
    let _ = go.send(());
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(q.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    drop(is_polled);
    assert_eq!(Arc::strong_count(&held), 1);
}
