//! What async-mech's search for deadlocks costs where chains of awaits are deep.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{EventLoop, Promise, invocable, invoke, promise};
use crossbeam_channel::bounded;

use crate::work::{compute, micros};

const SHALLOW: usize = 5_000;
const DEEP: usize = 10_000;

/// µs an await at both depths, built from the end that waits for a resolver: each await adds
/// itself to a chain that is all there.
pub(super) fn parked_far() -> Vec<f64> {
    [SHALLOW, DEEP].map(from_far_end).to_vec()
}

/// The same from the end that nobody awaits: each await lengthens the chain of its awaiters.
pub(super) fn parked_near() -> Vec<f64> {
    [SHALLOW, DEEP].map(from_near_end).to_vec()
}

/// The same chains of threads that join each other, where nobody looks for a deadlock: what waking
/// one thread of so many costs.
pub(super) fn threads_far() -> Vec<f64> {
    [SHALLOW, DEEP].map(threads_from_far_end).to_vec()
}

/// The same, from the end that nobody awaits.
pub(super) fn threads_near() -> Vec<f64> {
    [SHALLOW, DEEP].map(threads_from_near_end).to_vec()
}

fn threads_from_far_end(depth: usize) -> f64 {
    let (resolver, first) = bounded(1);
    let arrivals = Arrivals::default();
    let start = Instant::now();
    let mut last = thread::spawn(move || first.recv().expect("it will be resolved"));
    for count in 1..=depth {
        let (awaited, arrivals_of_callee) = (last, arrivals.clone());
        last = thread::spawn(move || {
            arrivals_of_callee.arrive();
            awaited.join().expect("no panic") + 1
        });
        arrivals.until(count);
    }
    let time = start.elapsed();
    resolver.send(0).expect("it waits");
    assert_eq!(last.join().expect("no panic"), depth);
    micros(time) / depth as f64
}

fn threads_from_near_end(depth: usize) -> f64 {
    let (resolver, first) = bounded(1);
    let arrivals = Arrivals::default();
    let mut gates = Vec::new();
    let mut last = thread::spawn(move || first.recv().expect("it will be resolved"));
    for _ in 0..depth {
        let (open, gate) = bounded::<()>(1);
        let (awaited, arrivals) = (last, arrivals.clone());
        last = thread::spawn(move || {
            gate.recv().expect("it will be opened");
            arrivals.arrive();
            awaited.join().expect("no panic") + 1
        });
        gates.push(open);
    }
    thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    for (count, gate) in gates.iter().rev().enumerate() {
        gate.send(()).expect("it waits");
        arrivals.until(count + 1);
    }
    let time = start.elapsed();
    resolver.send(0).expect("it waits");
    assert_eq!(last.join().expect("no panic"), depth);
    micros(time) / depth as f64
}

/// Runs `measure` on a loop in which every execution has a thread to itself, and parks; returns when
/// these threads are gone, so that they are no part of what follows.
fn alone(measure: impl FnOnce() -> f64) -> f64 {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let measured = event_loop.run(measure);
    event_loop.shutdown(Duration::from_secs(5));
    while event_loop.snapshot().threads > 0 {
        thread::sleep(Duration::from_millis(10));
    }
    measured
}

/// Counts those who are about to park.
#[derive(Clone, Default)]
struct Arrivals(Arc<AtomicUsize>);

impl Arrivals {
    fn arrive(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn until(&self, count: usize) {
        while self.0.load(Ordering::Acquire) < count {
            thread::yield_now();
        }
    }
}

fn from_far_end(depth: usize) -> f64 {
    alone(|| {
        // Threads are there before the clock starts: a chain of their starts is not of interest.
        warm(depth);
        let (first, resolver) = promise();
        let arrivals = Arrivals::default();
        let start = Instant::now();
        let mut last = first;
        for count in 1..=depth {
            let (awaited, arrivals_of_callee) = (last, arrivals.clone());
            last = invoke!(|| {
                arrivals_of_callee.arrive();
                awaited.wait() + 1
            });
            arrivals.until(count);
        }
        let time = start.elapsed();
        resolver.resolve(0);
        assert_eq!(last.wait(), depth);
        micros(time) / depth as f64
    })
}

fn from_near_end(depth: usize) -> f64 {
    alone(|| {
        let (first, resolver) = promise();
        let arrivals = Arrivals::default();
        let mut gates = Vec::new();
        let mut last: Promise<usize> = first;
        for _ in 0..depth {
            let (open, gate) = bounded::<()>(1);
            let (awaited, arrivals) = (last, arrivals.clone());
            last = invoke!(|| {
                gate.recv().expect("it will be opened");
                arrivals.arrive();
                awaited.wait() + 1
            });
            gates.push(open);
        }
        // All are blocked at their gates, which are opened from the last one invoked.
        thread::sleep(Duration::from_millis(200));
        let start = Instant::now();
        for (count, gate) in gates.iter().rev().enumerate() {
            gate.send(()).expect("it waits");
            arrivals.until(count + 1);
        }
        let time = start.elapsed();
        resolver.resolve(0);
        assert_eq!(last.wait(), depth);
        micros(time) / depth as f64
    })
}

/// As many threads as will be blocked at once.
fn warm(threads: usize) {
    let (resolved, resolver) = promise();
    let arrivals = Arrivals::default();
    let awaiter = || {
        let (resolved, arrivals) = (resolved.clone(), arrivals.clone());
        invoke!(|| {
            arrivals.arrive();
            resolved.wait()
        })
    };
    let awaiters: Vec<Promise<()>> = (0..threads).map(|_| awaiter()).collect();
    arrivals.until(threads);
    resolver.resolve(());
    awaiters.into_iter().for_each(|awaiter| awaiter.wait());
}

/// Awaits that park at the bottom of a chain.
const PARKS: usize = 1_000;

/// µs an await that parks below few, and below many lent threads.
pub(super) fn lent_chain() -> Vec<f64> {
    vec![below(10), below(100_000)]
}

fn below(depth: u64) -> f64 {
    invoke!(descend(depth)).wait()
}

/// Gives what the lowest execution has measured.
#[invocable]
fn descend(depth: u64) -> f64 {
    if depth > 0 {
        return invoke!(descend(depth - 1)).await;
    }
    park(PARKS / 10);
    park(PARKS)
}

/// Awaits that are each resolved by another thread, some time after the awaiter has parked.
fn park(count: usize) -> f64 {
    /// Long enough for the awaiter to be parked.
    const LATER: Duration = Duration::from_micros(100);
    let (give, take) = bounded::<async_mech::Resolver<()>>(1);
    let resolves = thread::spawn(move || {
        for resolver in take {
            compute(LATER);
            resolver.resolve(());
        }
    });
    let start = Instant::now();
    for _ in 0..count {
        let (promise, resolver) = promise();
        give.send(resolver).expect("it takes them");
        promise.wait();
    }
    let time = start.elapsed();
    drop(give);
    resolves.join().expect("no panic");
    micros(time) / count as f64
}
