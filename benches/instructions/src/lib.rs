//! Work whose instructions are counted, and whose time `benches` takes.

use std::hint::black_box;

use async_mech::{invocable, invoke};

/// Returns what it is given, which the compiler must not know.
#[must_use]
#[inline]
pub fn trivial(n: u64) -> u64 {
    black_box(n)
}

/// 0 + 1 + .. + (n - 1), which is what most workloads compute.
#[must_use]
pub const fn sum_below(n: u64) -> u64 {
    n * (n - 1) / 2
}

/// Invokes and awaits, one after the other.
#[invocable]
pub fn pings(count: u64) {
    for n in 0..count {
        assert_eq!(invoke!(trivial(n)).await, n);
    }
}

/// Invokes all, then awaits all.
#[invocable]
pub fn all_at_once(count: u64) {
    let promises: Vec<_> = (0..count).map(|n| invoke!(trivial(n))).collect();
    let mut sum = 0;
    for promise in promises {
        sum += promise.await;
    }
    assert_eq!(sum, sum_below(count));
}

/// Invokes itself twice, without a cut-off.
#[invocable]
#[must_use]
pub fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = invoke!(fibonacci(n - 1));
    let b = invoke!(fibonacci(n - 2));
    a.await + b.await
}
