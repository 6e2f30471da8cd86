//! Promises awaited in real `async` code, on several executors and polled by hand.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use async_mech::{
    EventLoop, Failure, FailureKind, OutcomeFuture, Promise, PromiseFuture, Resolver, invocable,
    invoke, promise,
};
use tests::{Watchdog, watched};
use tokio::runtime::{self, Runtime};

/// A tokio runtime of each kind.
fn runtimes() -> [Runtime; 2] {
    let many = runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let one = runtime::Builder::new_current_thread().enable_time().build();
    [many.expect("threads"), one.expect("a runtime")]
}

#[invocable]
fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
    a.await + b.await
}

async fn sum_of_two() -> u32 {
    let (a, b) = (invoke!(fib(7)), invoke!(fib(8)));
    a.await + b.await
}

#[test]
fn every_executor_awaits_promises() {
    let _watchdog = watched();
    assert_eq!(pollster::block_on(sum_of_two()), 34);
    assert_eq!(smol::block_on(sum_of_two()), 34);
    for runtime in runtimes() {
        assert_eq!(runtime.block_on(sum_of_two()), 34);
        assert_eq!(runtime.block_on(runtime.spawn(sum_of_two())).unwrap(), 34);
    }
    let executor = smol::Executor::new();
    assert_eq!(smol::block_on(executor.run(executor.spawn(sum_of_two()))), 34);
}

#[test]
fn a_promise_that_is_completed_gives_its_value_at_the_first_poll() {
    let (p, resolver) = promise();
    resolver.resolve(7);
    let (counts, waker) = Counts::waker();
    let mut future = p.into_future();
    assert_eq!(poll(&mut future, &waker), Poll::Ready(7));
    assert_eq!(counts.wakes(), 0);
    drop(waker);
    assert_eq!(Arc::strong_count(&counts), 1);
}

#[test]
fn a_promise_is_awaited_by_reference_where_its_value_can_be_cloned() {
    let _watchdog = watched();
    let p = invoke!(|| vec![1, 2, 3]);
    let (a, b) = pollster::block_on(async { ((&p).await, p.await) });
    assert_eq!(a, b);
}

#[test]
fn a_thousand_tasks_await_as_many_promises_on_two_threads() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let tasks: Vec<_> = (0..1000_u64)
            .map(|n| runtime.spawn(async move { invoke!(move || n * n).await }))
            .collect();
        let sum: u64 = runtime.block_on(async {
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 999 * 1000 * 1999 / 6);
    }
}

#[test]
fn many_tasks_await_one_promise_and_each_gets_the_value() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let (p, resolver) = promise();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let p: Promise<Arc<str>> = p.clone();
                runtime.spawn(async move { p.await })
            })
            .collect();
        drop(p);
        resolver.resolve(Arc::from("one for all"));
        runtime.block_on(async {
            for task in tasks {
                assert_eq!(&*task.await.unwrap(), "one for all");
            }
        });
    }
}

#[test]
fn a_task_resolves_what_an_invocation_awaits() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let (p, resolver) = promise();
        let doubled = invoke!(move || p.wait() * 2);
        runtime.block_on(async move {
            tokio::task::yield_now().await;
            resolver.resolve(21);
            assert_eq!(doubled.await, 42);
        });
    }
}

#[test]
fn a_failure_unwinds_a_tokio_task_with_itself() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let task = runtime.spawn(async { invoke!(|| -> u32 { panic!("no disk") }).await });
        let error = runtime.block_on(task).unwrap_err();
        assert!(error.is_panic());
        let failure = error.into_panic().downcast::<Failure>().expect("a failure");
        assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "no disk"));
    }
}

#[test]
fn the_outcome_is_a_value_in_async_code_too() {
    let _watchdog = watched();
    for runtime in runtimes() {
        runtime.block_on(async {
            let p = invoke!(|| -> u32 { panic!("no disk") });
            let failure = p.into_future().outcome().await.unwrap_err();
            assert_eq!(failure.message(), "no disk");
            assert_eq!(invoke!(|| 1).into_future().outcome().await.unwrap(), 1);
            let (p, resolver) = promise::<u32>();
            let task = tokio::spawn(p.into_future().outcome());
            tokio::task::yield_now().await;
            drop(resolver);
            assert_eq!(task.await.unwrap().unwrap_err().kind(), FailureKind::Abandoned);
        });
    }
}

#[test]
fn a_future_that_timed_out_is_awaited_again_or_given_back_as_a_promise() {
    let _watchdog = watched();
    for runtime in runtimes() {
        runtime.block_on(async {
            let (p, resolver) = promise();
            let mut future = p.into_future();
            let short = Duration::from_millis(1);
            assert!(tokio::time::timeout(short, &mut future).await.is_err());
            let mut future = future.into_promise().expect("it is pending").into_future();
            tokio::select! {
                _ = &mut future => panic!("nobody resolved it"),
                () = tokio::time::sleep(short) => {}
            }
            resolver.resolve("late");
            assert_eq!(tokio::time::timeout(Duration::MAX, &mut future).await, Ok("late"));
            assert!(future.into_promise().is_none());
        });
    }
}

#[test]
fn a_select_that_takes_other_branches_first_loses_no_value() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let (sender, mut messages) = tokio::sync::mpsc::channel(1);
        let (p, resolver) = promise();
        let producer = runtime.spawn(async move {
            for n in 0..100 {
                sender.send(n).await.expect("the receiver is there");
            }
            resolver.resolve("the end");
        });
        let mut future = p.into_future();
        let (got, end) = runtime.block_on(async {
            let mut got = 0;
            loop {
                tokio::select! {
                    Some(_) = messages.recv() => got += 1,
                    end = &mut future => break (got, end),
                }
            }
        });
        assert!(got <= 100);
        assert_eq!(end, "the end");
        runtime.block_on(producer).unwrap();
    }
}

/// Tells when it is dropped.
struct Tells(std::sync::mpsc::Sender<()>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_task_aborted_midway_ends_and_the_function_runs_on() {
    let _watchdog = watched();
    for runtime in runtimes() {
        let (go, wait) = channel::<()>();
        let (done, is_done) = channel();
        let (gone, is_gone) = channel();
        let p = invoke!(move || {
            wait.recv().expect("the test says so");
            Tells(done)
        });
        let (tells, awaits) = (Tells(gone), Arc::new(()));
        let held = Arc::clone(&awaits);
        let task = runtime.spawn(async move {
            let (_tells, _held) = (tells, held);
            p.await;
        });
        runtime.block_on(tokio::task::yield_now());
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        is_gone.recv().expect("the task has been dropped");
        assert_eq!(Arc::strong_count(&awaits), 1, "the promise does not keep the task");
        go.send(()).expect("the function runs");
        is_done.recv().expect("the value has been made and dropped");
    }
}

/// A waker that counts; as many references as it has wakers, and one.
#[derive(Default)]
struct Counts {
    wakes: AtomicUsize,
}

impl Counts {
    fn waker() -> (Arc<Counts>, Waker) {
        let counts = Arc::new(Counts::default());
        let waker = Waker::from(Arc::clone(&counts));
        (counts, waker)
    }

    fn wakes(&self) -> usize {
        self.wakes.load(Ordering::Relaxed)
    }
}

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

fn pending() -> (PromiseFuture<u32>, Resolver<u32>) {
    let (p, resolver) = promise();
    (p.into_future(), resolver)
}

#[test]
fn completion_wakes_the_last_waker_once() {
    let (mut future, resolver) = pending();
    let ((first, one), (last, two)) = (Counts::waker(), Counts::waker());
    for waker in [&one, &one, &two, &one, &two, &two] {
        assert!(poll(&mut future, waker).is_pending());
    }
    resolver.resolve(1);
    assert_eq!((first.wakes(), last.wakes()), (0, 1));
    assert_eq!(poll(&mut future, &one), Poll::Ready(1));
    assert_eq!((first.wakes(), last.wakes()), (0, 1));
}

#[test]
fn one_waker_is_kept_at_a_time_and_none_after_the_wake() {
    let (mut future, resolver) = pending();
    let ((first, one), (last, two)) = (Counts::waker(), Counts::waker());
    assert!(poll(&mut future, &one).is_pending());
    assert!(poll(&mut future, &one).is_pending());
    assert_eq!((Arc::strong_count(&first), Arc::strong_count(&last)), (3, 2));
    assert!(poll(&mut future, &two).is_pending());
    assert_eq!((Arc::strong_count(&first), Arc::strong_count(&last)), (2, 3));
    resolver.resolve(1);
    assert_eq!(Arc::strong_count(&last), 2);
    assert_eq!(poll(&mut future, &two), Poll::Ready(1));
    assert_eq!((Arc::strong_count(&first), Arc::strong_count(&last)), (2, 2));
}

#[test]
fn a_dropped_future_drops_its_waker_and_is_woken_by_nothing() {
    let (mut future, resolver) = pending();
    let (counts, waker) = Counts::waker();
    assert!(poll(&mut future, &waker).is_pending());
    drop(future);
    assert_eq!(Arc::strong_count(&counts), 2);
    resolver.resolve(1);
    assert_eq!(counts.wakes(), 0);
}

#[test]
fn a_future_given_back_as_a_promise_drops_its_waker() {
    let (mut future, resolver) = pending();
    let (counts, waker) = Counts::waker();
    assert!(poll(&mut future, &waker).is_pending());
    let p = future.into_promise().expect("it is pending");
    assert_eq!(Arc::strong_count(&counts), 2);
    let mut future = p.into_future().outcome();
    assert!(poll(&mut future, &waker).is_pending());
    resolver.resolve(1);
    assert_eq!(counts.wakes(), 1);
    assert_eq!(future.into_promise().expect("nobody has taken it").wait(), 1);
}

#[test]
fn a_future_is_polled_on_one_executor_and_awaited_on_another() {
    let _watchdog = watched();
    let [many, one] = runtimes();
    let (mut future, resolver) = pending();
    for runtime in [&many, &one] {
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = &mut future => panic!("nobody resolved it"),
                () = tokio::task::yield_now() => {}
            }
        });
    }
    drop((many, one));
    let smol = thread::spawn(|| smol::block_on(future));
    resolver.resolve(9);
    assert_eq!(smol.join().unwrap(), 9);
}

#[test]
fn a_poll_after_the_end_panics() {
    let (mut future, resolver) = pending();
    resolver.resolve(1);
    assert!(poll(&mut future, Waker::noop()).is_ready());
    let again = catch_unwind(AssertUnwindSafe(|| poll(&mut future, Waker::noop())));
    assert!(again.is_err());
}

/// A waker that panics when it is woken, or else when it is dropped.
struct Panics {
    woken: bool,
}

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        assert!(!self.woken, "a waker that panics when woken");
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        assert!(self.woken || thread::panicking(), "a waker that panics when dropped");
    }
}

#[test]
fn a_waker_that_panics_harms_nobody_else() {
    for woken in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (go, wait) = channel::<()>();
        let p = event_loop.invoke(move || {
            wait.recv().expect("the test says so");
            5
        });
        let mut before = p.clone().into_future();
        let mut panics = p.clone().into_future();
        let mut replaced = p.clone().into_future();
        let mut dropped = p.clone().into_future();
        let mut after = p.clone().into_future();
        let (counts, waker) = Counts::waker();
        assert!(poll(&mut before, &waker).is_pending());
        for future in [&mut panics, &mut replaced, &mut dropped] {
            // The future's is the only one that is left.
            let waker = Waker::from(Arc::new(Panics { woken }));
            assert!(poll(future, &waker).is_pending());
            drop(waker);
        }
        assert!(poll(&mut after, &waker).is_pending());
        assert!(poll(&mut replaced, &waker).is_pending());
        drop(dropped);
        let other = thread::spawn({
            let p = p.clone();
            move || p.wait()
        });
        go.send(()).expect("the function runs");
        assert_eq!(other.join().unwrap(), 5);
        // The thread that completed the promise is still at it.
        while counts.wakes() < 3 {
            thread::yield_now();
        }
        assert_eq!(event_loop.invoke(|| 6).outcome().unwrap(), 6);
        for mut future in [before, panics, replaced, after] {
            assert_eq!(poll(&mut future, Waker::noop()), Poll::Ready(5));
        }
        assert_eq!(p.wait(), 5);
        assert_eq!(counts.wakes(), 3);
    }
}

#[test]
fn polls_beside_the_completion_never_lose_the_wake() {
    let _watchdog = watched();
    for n in 0..2_000 {
        let (mut future, resolver) = pending();
        let barrier = Arc::new(Barrier::new(2));
        let resolves = thread::spawn({
            let barrier = Arc::clone(&barrier);
            move || {
                barrier.wait();
                resolver.resolve(n);
            }
        });
        barrier.wait();
        let (counts, waker) = Counts::waker();
        let first = poll(&mut future, &waker);
        resolves.join().unwrap();
        match first {
            Poll::Ready(value) => assert_eq!(value, n),
            Poll::Pending => {
                assert_eq!(counts.wakes(), 1);
                assert_eq!(poll(&mut future, &waker), Poll::Ready(n));
            }
        }
        drop(future);
        drop(waker);
        assert_eq!(Arc::strong_count(&counts), 1);
    }
}

#[test]
fn the_futures_are_sent_and_moved_freely() {
    fn check<F: Future + Send + Sync + Unpin + 'static>() {}
    // What is not `Sync`, as for promises.
    check::<PromiseFuture<std::cell::Cell<u32>>>();
    check::<OutcomeFuture<std::cell::Cell<u32>>>();
}
