//! `tokio::spawn`: tasks on its multi-threaded runtime, where waiting is `.await`.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Ability, How, Peer, Table, memory};
use crate::work::calls::{BUSY, BUSY_PINGS, FAN_OUT_BODY, PING_BODY, PINGS};
use crate::work::trees::{self, FIB_WARM_UP, SKYNET, SKYNET_SUM, SKYNET_WARM_UP};
use crate::work::{Invoke, awaiters, compute, micros, millis, sleepers, start, sum_below, trivial};

pub(super) static PEER: Peer = Peer {
    id: "tokio-spawn",
    name: "tokio::spawn",
    about: "the multi-threaded runtime, a worker a processor; the work runs in a task; sleepers use its timer",
    how: How::Here { tables: &[TABLE], environment: &[] },
};

const TABLE: Table = &[
    ("ping", Ability::Does(ping)),
    ("ping-busy", Ability::Does(ping_busy)),
    ("fan-out-10k", Ability::Does(fan_out::<10_000>)),
    ("fan-out-100k", Ability::Does(fan_out::<100_000>)),
    ("fan-out-busy", Ability::Does(fan_out_busy)),
    ("start", Ability::Does(starts)),
    ("fib-18", Ability::Does(fib::<18>)),
    ("fib-27", Ability::Does(fib::<27>)),
    ("chain-1k", Ability::Does(chain::<1_000>)),
    ("chain-10k", Ability::Does(chain::<10_000>)),
    ("chain-30k", Ability::Does(chain::<30_000>)),
    ("chain-1m", Ability::Does(chain::<1_000_000>)),
    ("skynet", Ability::Does(skynet)),
    ("sleepers-1k", Ability::Does(sleep::<1_000>)),
    ("sleepers-10k", Ability::Does(sleep::<10_000>)),
    ("awaiters", Ability::Does(one_promise)),
    ("memory", Ability::Does(memory::tokio_spawn)),
];

/// Runs the work in a task: what `block_on` runs would be on a thread that is no worker.
fn within<R: Send + 'static>(work: impl Future<Output = R> + Send + 'static) -> R {
    let runtime = Builder::new_multi_thread().enable_time().build().expect("a runtime");
    runtime.block_on(runtime.spawn(work)).expect("no panic")
}

/// The value of a task.
async fn value<R>(task: JoinHandle<R>) -> R {
    task.await.expect("no panic")
}

fn ping() -> Vec<f64> {
    async fn pings(count: u64) {
        for n in 0..count {
            assert_eq!(value(tokio::spawn(async move { trivial(n) })).await, n);
        }
    }
    within(async {
        pings(PINGS / 10).await;
        let start = Instant::now();
        pings(PINGS).await;
        vec![millis(start.elapsed())]
    })
}

fn ping_busy() -> Vec<f64> {
    async fn pings(count: u64) {
        for n in 0..count {
            let task = tokio::spawn(async move {
                compute(PING_BODY);
                n
            });
            compute(PING_BODY);
            assert_eq!(value(task).await, n);
        }
    }
    within(async {
        pings(BUSY_PINGS / 10).await;
        let start = Instant::now();
        pings(BUSY_PINGS).await;
        vec![micros(start.elapsed()) / BUSY_PINGS as f64]
    })
}

async fn all_at_once(count: u64, body: Duration) {
    let task = |n| {
        tokio::spawn(async move {
            if !body.is_zero() {
                compute(body);
            }
            trivial(n)
        })
    };
    let tasks: Vec<_> = (0..count).map(task).collect();
    let mut sum = 0;
    for task in tasks {
        sum += value(task).await;
    }
    assert_eq!(sum, sum_below(count));
}

fn fan_out<const COUNT: u64>() -> Vec<f64> {
    within(fan_out_of(COUNT, Duration::ZERO))
}

fn fan_out_busy() -> Vec<f64> {
    within(fan_out_of(BUSY, FAN_OUT_BODY))
}

async fn fan_out_of(count: u64, body: Duration) -> Vec<f64> {
    all_at_once(count / 10, body).await;
    let start = Instant::now();
    all_at_once(count, body).await;
    vec![millis(start.elapsed())]
}

/// A future that calls itself has to be boxed.
type Boxed = Pin<Box<dyn Future<Output = u64> + Send>>;

fn fib<const N: u64>() -> Vec<f64> {
    within(async {
        fibonacci(FIB_WARM_UP).await;
        let start = Instant::now();
        let value = fibonacci(N).await;
        let time = start.elapsed();
        assert_eq!(value, trees::plain_fib(N));
        vec![millis(time)]
    })
}

fn fibonacci(n: u64) -> Boxed {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let a = tokio::spawn(fibonacci(n - 1));
        let b = tokio::spawn(fibonacci(n - 2));
        value(a).await + value(b).await
    })
}

fn chain<const DEPTH: u64>() -> Vec<f64> {
    within(async {
        levels(trees::warm_up_depth(DEPTH)).await;
        let start = Instant::now();
        let depth = value(tokio::spawn(levels(DEPTH))).await;
        let time = start.elapsed();
        assert_eq!(depth, DEPTH);
        vec![millis(time)]
    })
}

fn levels(depth: u64) -> Boxed {
    Box::pin(async move {
        if depth == 0 { 0 } else { 1 + value(tokio::spawn(levels(depth - 1))).await }
    })
}

fn skynet() -> Vec<f64> {
    within(async {
        node(0, SKYNET_WARM_UP).await;
        let start = Instant::now();
        let sum = value(tokio::spawn(node(0, SKYNET))).await;
        let time = start.elapsed();
        assert_eq!(sum, SKYNET_SUM);
        vec![millis(time)]
    })
}

fn node(first: u64, leaves: u64) -> Boxed {
    Box::pin(async move {
        if leaves == 1 {
            return first;
        }
        let each = leaves / 10;
        let child = |n| tokio::spawn(node(first + n as u64 * each, each));
        let children: [_; 10] = std::array::from_fn(child);
        let mut sum = 0;
        for child in children {
            sum += value(child).await;
        }
        sum
    })
}

fn sleep<const COUNT: usize>() -> Vec<f64> {
    async fn all_sleep() {
        tokio::time::sleep(sleepers::SLEEP).await;
    }
    async fn once(count: usize) -> f64 {
        let start = Instant::now();
        let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(all_sleep())).collect();
        for task in tasks {
            value(task).await;
        }
        let time = start.elapsed();
        assert!(time >= sleepers::SLEEP);
        millis(time)
    }
    within(async { vec![once(COUNT).await, once(COUNT).await] })
}

fn one_promise() -> Vec<f64> {
    async fn once() -> Vec<f64> {
        let (resolver, promise) = watch::channel(None);
        let arrived = Arc::new(AtomicUsize::new(0));
        let start = Instant::now();
        let awaiter = |_| {
            let (mut promise, arrived) = (promise.clone(), Arc::clone(&arrived));
            tokio::spawn(async move {
                arrived.fetch_add(1, Ordering::Release);
                let value = promise.wait_for(Option::is_some).await.expect("it is resolved");
                value.expect("it is there")
            })
        };
        let awaiters: Vec<_> = (0..awaiters::COUNT).map(awaiter).collect();
        while arrived.load(Ordering::Acquire) < awaiters::COUNT {
            tokio::task::yield_now().await;
        }
        let invoking = start.elapsed();
        tokio::time::sleep(awaiters::SETTLE).await;
        let start = Instant::now();
        resolver.send_replace(Some(awaiters::VALUE));
        let mut sum = 0;
        for awaiter in awaiters {
            sum += value(awaiter).await;
        }
        let waking = start.elapsed();
        assert_eq!(sum, awaiters::VALUE * awaiters::COUNT as u64);
        vec![millis(invoking + waking), millis(waking)]
    }
    within(async {
        once().await;
        once().await
    })
}

/// The tasks of a runtime that has been entered, for code that waits for none.
struct Tasks;

impl Invoke for Tasks {
    type Promise = JoinHandle<u64>;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        tokio::spawn(async { f() })
    }

    fn wait(task: JoinHandle<u64>) -> u64 {
        Handle::current().block_on(task).expect("no panic")
    }
}

/// From a thread that is no worker: a worker's newest task waits for that worker.
fn starts() -> Vec<f64> {
    let runtime = Builder::new_multi_thread().build().expect("a runtime");
    let _entered = runtime.enter();
    start::start::<Tasks>()
}
