//! What promises and blocked invocations keep resident: async-mech, and whom it is compared with.

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{EventLoop, Promise, invoke, promise, wait};
use crossbeam_channel::bounded;
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::machine::resident_exactly;
use crate::work::{nanos, trivial};

/// Promises that are alive at once.
const PROMISES: u64 = 500_000;
/// Invocations that are blocked at once.
const BLOCKED: usize = 5_000;

/// Bytes each of what `make` makes, which is given back so that it stays.
fn bytes_each<R>(count: u64, make: impl FnOnce() -> R) -> (f64, R) {
    let before = resident_exactly();
    let made = make();
    ((resident_exactly() - before) / count as f64, made)
}

/// A completed promise, a queued one, and a blocked invocation.
pub(super) fn ours() -> Vec<f64> {
    warm_up();
    let (completed, held) = bytes_each(PROMISES, || completed(PROMISES));
    let (queued, queue) = queued(PROMISES);
    let (blocked, awaiters) = blocked_ours();
    // Nobody takes 500,000 promises apart: the process ends here.
    std::mem::forget((held, queue, awaiters));
    vec![completed, queued, blocked]
}

/// Memory of as many promises, and the time that one takes while all the others are there.
pub(super) fn live<const COUNT: u64>() -> Vec<f64> {
    const TIMED: u64 = 10_000;
    warm_up();
    let (completed, held) = bytes_each(COUNT, || completed(COUNT));
    let invoke_and_await = time_each(TIMED, || {
        for n in 0..TIMED {
            assert_eq!(invoke!(trivial(n)).wait(), n);
        }
    });
    let start = Instant::now();
    let (queued, queue) = queued(COUNT);
    let invoke = nanos(start.elapsed()) / COUNT as f64;
    std::mem::forget((held, queue));
    vec![completed, queued, invoke, invoke_and_await]
}

fn time_each(count: u64, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    nanos(start.elapsed()) / count as f64
}

fn warm_up() {
    completed(100);
}

/// Promises that are completed, and held.
fn completed(count: u64) -> Vec<Promise<u64>> {
    let complete = |n| {
        let promise = invoke!(trivial(n));
        assert_eq!(wait(&promise), n);
        promise
    };
    (0..count).map(complete).collect()
}

/// Bytes each of promises whose callees nobody takes: the loop's only thread is busy.
fn queued(count: u64) -> (f64, impl Sized) {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (started, starts) = bounded(1);
    let (end, ends) = bounded::<()>(1);
    let busy = event_loop.invoke(move || {
        started.send(()).expect("somebody listens");
        ends.recv()
    });
    starts.recv().expect("it starts");
    let queue = || event_loop.run(|| Vec::from_iter((0..count).map(|n| invoke!(trivial(n)))));
    let (bytes, promises) = bytes_each(count, queue);
    (bytes, (busy, end, promises, event_loop))
}

/// Executions that all await the same promise, on threads of their own.
fn blocked_ours() -> (f64, impl Sized) {
    let (never, resolver) = promise::<u64>();
    let arrived = Arc::new(Barrier::new(BLOCKED + 1));
    let awaiter = || {
        let (never, arrived) = (never.clone(), Arc::clone(&arrived));
        invoke!(|| {
            arrived.wait();
            never.wait()
        })
    };
    let (bytes, awaiters) = bytes_each(BLOCKED as u64, || {
        let awaiters: Vec<_> = (0..BLOCKED).map(|_| awaiter()).collect();
        settle(&arrived);
        awaiters
    });
    (bytes, (resolver, awaiters))
}

/// Waits for all who arrive, and a little longer, so that they are blocked for what follows.
fn settle(arrived: &Barrier) {
    arrived.wait();
    thread::sleep(Duration::from_millis(200));
}

/// A thread that has ended and is not joined keeps its stack; one that is parked, more.
pub(super) fn threads() -> Vec<f64> {
    const ENDED: u64 = 10_000;
    let (completed, ended) = bytes_each(ENDED, || {
        let threads = Vec::from_iter((0..ENDED).map(|n| thread::spawn(move || trivial(n))));
        while threads.iter().any(|thread| !thread.is_finished()) {
            thread::sleep(Duration::from_millis(1));
        }
        threads
    });
    ended.into_iter().for_each(|thread| assert!(thread.join().is_ok()));
    let arrived = Arc::new(Barrier::new(BLOCKED + 1));
    let (blocked, parked) = bytes_each(BLOCKED as u64, || {
        let park = || {
            let arrived = Arc::clone(&arrived);
            thread::spawn(move || {
                arrived.wait();
                loop {
                    thread::park();
                }
            })
        };
        let parked: Vec<thread::JoinHandle<()>> = (0..BLOCKED).map(|_| park()).collect();
        settle(&arrived);
        parked
    });
    std::mem::forget(parked);
    // A thread is never queued.
    vec![completed, f64::NAN, blocked]
}

/// Tasks: completed, spawned on a runtime that does not run them yet, and suspended.
pub(super) fn tokio_spawn() -> Vec<f64> {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let spawn = |count| -> Vec<JoinHandle<u64>> {
        let _entered = runtime.enter();
        (0..count).map(|n| tokio::spawn(async move { trivial(n) })).collect()
    };
    // They run in the order in which they were spawned.
    let run = |tasks: &[JoinHandle<u64>]| {
        runtime.block_on(async {
            while !tasks.last().is_none_or(JoinHandle::is_finished) {
                tokio::task::yield_now().await;
            }
        });
    };
    run(&spawn(100));
    let (completed, ended) = bytes_each(PROMISES, || {
        let mut ended = Vec::new();
        // By thousands, so that the queue does not grow.
        for _ in 0..PROMISES / 1_000 {
            let tasks = spawn(1_000);
            run(&tasks);
            ended.extend(tasks);
        }
        ended
    });
    let (queued, tasks) = bytes_each(PROMISES, || spawn(PROMISES));
    let never = Arc::new(tokio::sync::Notify::new());
    let (suspended, suspends) = bytes_each(BLOCKED as u64, || {
        let suspend = || {
            let never = Arc::clone(&never);
            runtime.spawn(async move { never.notified().await })
        };
        let suspends: Vec<_> = (0..BLOCKED).map(|_| suspend()).collect();
        run(&tasks);
        suspends
    });
    std::mem::forget((ended, tasks, suspends));
    vec![completed, queued, suspended]
}

/// Functions on blocking threads: completed, queued behind a full pool, and blocked.
pub(super) fn tokio_blocking() -> Vec<f64> {
    let most = BLOCKED + 1;
    let runtime =
        Builder::new_current_thread().max_blocking_threads(most).build().expect("a runtime");
    let _entered = runtime.enter();
    let complete = |n| {
        let task = spawn_blocking(move || trivial(n));
        while !task.is_finished() {
            std::hint::spin_loop();
        }
        task
    };
    const COMPLETED: u64 = 100_000;
    (0..100).for_each(|n| drop(complete(n)));
    let (completed, ended) = bytes_each(COMPLETED, || Vec::from_iter((0..COMPLETED).map(complete)));
    let arrived = Arc::new(Barrier::new(most + 1));
    let (blocked, parked) = bytes_each(most as u64, || {
        let park = || {
            let arrived = Arc::clone(&arrived);
            spawn_blocking(move || {
                arrived.wait();
                loop {
                    thread::park();
                }
            })
        };
        let parked: Vec<JoinHandle<()>> = (0..most).map(|_| park()).collect();
        settle(&arrived);
        parked
    });
    let queue = || Vec::from_iter((0..PROMISES).map(|n| spawn_blocking(move || trivial(n))));
    let (queued, tasks) = bytes_each(PROMISES, queue);
    std::mem::forget((ended, parked, tasks, runtime));
    vec![completed, queued, blocked]
}
