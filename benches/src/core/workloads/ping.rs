//! Invoke and await, one after the other: what a pair costs.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use async_mech::invoke;

use super::{Contender, Figure, LITERAL, OURS, THREADS, Target, Workload, timed};
use crate::literal;

const COUNT: u64 = 20_000;

pub(super) const WORKLOAD: Workload = Workload {
    name: "ping",
    title: "20,000 times: invoke a function that returns at once, await it",
    figures: &[Figure { name: "a pair", unit: "ns", decimals: 1, compared: true }],
    contenders: &[
        Contender { name: OURS, run: || a_pair(ours) },
        Contender { name: THREADS, run: || a_pair(threads) },
        Contender { name: LITERAL, run: || a_pair(literally) },
    ],
    targets: &[
        Target::Faster { than: THREADS, figure: 0, times: 100.0 },
        Target::Below { limit: 200.0, figure: 0 },
    ],
};

fn a_pair(pairs: fn(u64)) -> Vec<f64> {
    let time: Duration = timed(COUNT / 10, COUNT, pairs);
    vec![time.as_secs_f64() * 1e9 / COUNT as f64]
}

fn trivial(n: u64) -> u64 {
    black_box(n)
}

fn ours(count: u64) {
    for n in 0..count {
        assert_eq!(invoke!(trivial(n)).wait(), n);
    }
}

fn threads(count: u64) {
    for n in 0..count {
        let thread = thread::spawn(move || trivial(n));
        assert_eq!(thread.join().expect("no panic"), n);
    }
}

fn literally(count: u64) {
    for n in 0..count {
        assert_eq!(literal::await_(literal::invoke(move || trivial(n))), n);
    }
}
