//! async-mech's `join`: fork-join without promises.

use async_mech::join;

use super::{Ability, How, JOIN, Peer};
use crate::work::trees::{self, FIB_WARM_UP};
use crate::work::{millis, timed};

pub(super) static PEER: Peer = Peer {
    id: JOIN,
    name: "async-mech, `join`",
    about: "`join` on the global loop, with its defaults, called by the main thread",
    how: How::Here {
        tables: &[&[("fib-18", Ability::Does(fib::<18>)), ("fib-27", Ability::Does(fib::<27>))]],
        environment: &[],
    },
};

fn fib<const N: u64>() -> Vec<f64> {
    let (time, value) = timed(FIB_WARM_UP, N, fibonacci);
    assert_eq!(value, trees::plain_fib(N));
    vec![millis(time)]
}

fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = join(|| fibonacci(n - 1), || fibonacci(n - 2));
    a + b
}
