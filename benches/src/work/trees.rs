//! Recursion without a cut-off, chains of awaits, and skynet.

use super::{Invoke, millis, timed};

pub(crate) const FIB_WARM_UP: u64 = 13;
pub(crate) const SKYNET: u64 = 1_000_000;
pub(crate) const SKYNET_WARM_UP: u64 = 1_000;
pub(crate) const SKYNET_SUM: u64 = 499_999_500_000;

pub(crate) fn fib<P: Invoke, const N: u64>() -> Vec<f64> {
    P::prepare(invocations_of_fib(N));
    P::within(|| {
        let (time, value) = timed(FIB_WARM_UP, N, fibonacci::<P>);
        assert_eq!(value, plain_fib(N));
        vec![millis(time)]
    })
}

fn fibonacci<P: Invoke>(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = P::invoke(move || fibonacci::<P>(n - 1));
    let b = P::invoke(move || fibonacci::<P>(n - 2));
    P::wait(a) + P::wait(b)
}

/// The value, to check the others' against.
pub(crate) fn plain_fib(n: u64) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

/// At most so many invocations block at once: all that have callees.
fn invocations_of_fib(n: u64) -> usize {
    usize::try_from(2 * plain_fib(n)).unwrap_or(usize::MAX)
}

pub(crate) fn chain<P: Invoke, const DEPTH: u64>() -> Vec<f64> {
    P::prepare(usize::try_from(DEPTH).unwrap_or(usize::MAX));
    P::within(|| {
        let deep = |depth| P::wait(P::invoke(move || levels::<P>(depth)));
        let (time, depth) = timed(warm_up_depth(DEPTH), DEPTH, deep);
        assert_eq!(depth, DEPTH);
        vec![millis(time)]
    })
}

/// A tenth, but nothing before the deepest chain, whose memory is of interest.
pub(crate) const fn warm_up_depth(depth: u64) -> u64 {
    if depth == 1_000_000 { 0 } else { depth / 10 }
}

fn levels<P: Invoke>(depth: u64) -> u64 {
    if depth == 0 { 0 } else { 1 + P::wait(P::invoke(move || levels::<P>(depth - 1))) }
}

pub(crate) fn skynet<P: Invoke>() -> Vec<f64> {
    P::prepare(usize::try_from(SKYNET / 9).unwrap_or(usize::MAX));
    P::within(|| {
        let tree = |leaves| P::wait(P::invoke(move || node::<P>(0, leaves)));
        let (time, sum) = timed(SKYNET_WARM_UP, SKYNET, tree);
        assert_eq!(sum, SKYNET_SUM);
        vec![millis(time)]
    })
}

fn node<P: Invoke>(first: u64, leaves: u64) -> u64 {
    if leaves == 1 {
        return first;
    }
    let each = leaves / 10;
    let child = |n| P::invoke(move || node::<P>(first + n * each, each));
    let children: [P::Promise; 10] = std::array::from_fn(|n| child(n as u64));
    children.into_iter().map(P::wait).sum()
}
