//! Invoke many, then await all of them.
//!
//! The threads of `std::thread` end at once, but each keeps its stack's mappings until it is
//! joined: 10,000 of them stay below Linux's default limit, so nobody needs batches.

use std::hint::black_box;
use std::thread;

use async_mech::invoke;

use super::{Contender, Figure, LITERAL, OURS, THREADS, Target, Workload, millis, timed};
use crate::literal;

const COUNT: u64 = 10_000;

pub(super) const WORKLOAD: Workload = Workload {
    name: "fan-out",
    title: "invoke 10,000 functions that return at once, then await all",
    figures: &[Figure::millis("time")],
    contenders: &[
        Contender { name: OURS, run: || time(ours) },
        Contender { name: THREADS, run: || time(threads) },
        Contender { name: LITERAL, run: || time(literally) },
    ],
    targets: &[Target::Faster { than: THREADS, figure: 0, times: 20.0 }],
};

fn time(fan_out: fn(u64)) -> Vec<f64> {
    vec![millis(timed(COUNT / 10, COUNT, fan_out))]
}

fn trivial(n: u64) -> u64 {
    black_box(n)
}

fn ours(count: u64) {
    let promises: Vec<_> = (0..count).map(|n| invoke!(trivial(n))).collect();
    let sum: u64 = promises.into_iter().map(|promise| promise.wait()).sum();
    assert_eq!(sum, count * (count - 1) / 2);
}

fn threads(count: u64) {
    let threads: Vec<_> = (0..count).map(|n| thread::spawn(move || trivial(n))).collect();
    let sum: u64 = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
    assert_eq!(sum, count * (count - 1) / 2);
}

fn literally(count: u64) {
    let promises: Vec<_> = (0..count).map(|n| literal::invoke(move || trivial(n))).collect();
    let sum: u64 = promises.into_iter().map(literal::await_).sum();
    assert_eq!(sum, count * (count - 1) / 2);
}
