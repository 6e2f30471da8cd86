//! Many that sleep at once, twice.

use std::time::{Duration, Instant};

use super::{Invoke, millis};

pub(crate) const SLEEP: Duration = Duration::from_millis(100);

pub(crate) fn sleepers<P: Invoke, const COUNT: usize>() -> Vec<f64> {
    P::prepare(COUNT);
    P::within(|| vec![all_sleep::<P>(COUNT), all_sleep::<P>(COUNT)])
}

fn all_sleep<P: Invoke>(count: usize) -> f64 {
    let start = Instant::now();
    let sleeper = || {
        let start = Instant::now();
        P::sleep(SLEEP);
        u64::from(start.elapsed() >= SLEEP)
    };
    let promises: Vec<_> = (0..count).map(|_| P::invoke(sleeper)).collect();
    let slept: u64 = promises.into_iter().map(P::wait).sum();
    assert_eq!(slept, count as u64);
    millis(start.elapsed())
}
