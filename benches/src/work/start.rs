//! How long an invocation that nobody awaits takes to its first instruction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Invoke, compute, micros};

pub(crate) const SPINNING: usize = 2_000;
pub(crate) const PARKED: usize = 200;
/// Between a start and the next invocation, where the one who starts shall not yet rest.
pub(crate) const SOON: Duration = Duration::from_micros(2);
/// The same, where it shall.
pub(crate) const REST: Duration = Duration::from_millis(3);

pub(crate) fn start<P: Invoke>() -> Vec<f64> {
    P::prepare(2);
    // Not within: whoever watches keeps a thread, which should be none of the peer's own.
    let soon = samples::<P>(SPINNING, || compute(SOON));
    let rested = samples::<P>(PARKED, || thread::sleep(REST));
    vec![soon, rested]
}

/// The median in µs. The invoker watches for the start, as it would go on computing: it never
/// waits, so nobody can use its processor.
fn samples<P: Invoke>(count: usize, pause: impl Fn()) -> f64 {
    let mut latencies = Vec::with_capacity(count);
    let started = Arc::new(AtomicU64::new(0));
    for n in 0..count {
        pause();
        started.store(0, Ordering::Relaxed);
        let in_callee = Arc::clone(&started);
        let invoked = Instant::now();
        P::forget(move || {
            let nanos = u64::try_from(invoked.elapsed().as_nanos()).unwrap_or(u64::MAX);
            in_callee.store(nanos.max(1), Ordering::Release);
            0
        });
        let nanos = loop {
            match started.load(Ordering::Acquire) {
                0 => std::hint::spin_loop(),
                nanos => break nanos,
            }
        };
        if n >= count / 10 {
            latencies.push(nanos);
        }
    }
    median(&mut latencies)
}

/// In µs.
pub(crate) fn median(nanos: &mut [u64]) -> f64 {
    nanos.sort_unstable();
    micros(Duration::from_nanos(nanos[nanos.len() / 2]))
}
