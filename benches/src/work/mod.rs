//! The work itself, for every peer whose waiting blocks: each is given a peer, and checks its result.

pub(crate) mod awaiters;
pub(crate) mod calls;
pub(crate) mod checksum;
pub(crate) mod sleepers;
pub(crate) mod start;
pub(crate) mod trees;

use std::time::{Duration, Instant};

pub(crate) use bench_instructions::{sum_below, trivial};

/// A measurement: gives the figures of its workload.
pub(crate) type Measure = fn() -> Vec<f64>;

/// Somebody who runs closures elsewhere, and waits for their values by blocking.
pub(crate) trait Invoke: 'static {
    /// Stands for the value of a closure that was invoked.
    type Promise: Send + 'static;

    /// Called once, before anything else: at most so many invocations will block at once.
    fn prepare(_blocked: usize) {}

    /// Runs `measure` where this peer's users would run it.
    fn within<R: Send + 'static>(measure: impl FnOnce() -> R + Send + 'static) -> R {
        measure()
    }

    /// Starts `f` elsewhere.
    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Self::Promise;

    /// Waits for its value.
    fn wait(promise: Self::Promise) -> u64;

    /// Starts `f` elsewhere, for nobody to wait for.
    fn forget(f: impl FnOnce() -> u64 + Send + 'static) {
        drop(Self::invoke(f));
    }

    /// Lets others run, as this peer's users would.
    fn yield_now() {
        std::thread::yield_now();
    }

    /// Sleeps, as this peer's users would.
    fn sleep(time: Duration) {
        std::thread::sleep(time);
    }
}

/// How long `f` takes, after a smaller run of it that finds threads, caches and pages cold.
pub(crate) fn timed<R>(warm_up: u64, size: u64, f: impl Fn(u64) -> R) -> (Duration, R) {
    f(warm_up);
    let start = Instant::now();
    let result = f(size);
    (start.elapsed(), result)
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub(crate) fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// Computes for about that long. By the clock and not by a count, so that all peers compute alike.
pub(crate) fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}
