//! Recursion without a cut-off: 8,361 calls, each an invocation, two awaited by each.

use std::thread;

use async_mech::{invocable, invoke};

use super::{Contender, Figure, LITERAL, OURS, THREADS, Target, Workload, millis, timed};
use crate::literal;

const N: u64 = 18;
const VALUE: u64 = 2_584;

pub(super) const WORKLOAD: Workload = Workload {
    name: "fib",
    title: "fib(18) without a cut-off, 8,361 invocations",
    figures: &[Figure::millis("time")],
    contenders: &[
        Contender { name: OURS, run: || time(ours) },
        Contender { name: THREADS, run: || time(threads) },
        Contender { name: LITERAL, run: || time(literally) },
    ],
    targets: &[Target::Faster { than: THREADS, figure: 0, times: 100.0 }],
};

fn time(fib: fn(u64) -> u64) -> Vec<f64> {
    let time = timed(N - 5, N, |n| {
        let value = fib(n);
        assert!(n != N || value == VALUE);
    });
    vec![millis(time)]
}

#[invocable]
fn ours(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = invoke!(ours(n - 1));
    let b = invoke!(ours(n - 2));
    a.await + b.await
}

fn threads(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = thread::spawn(move || threads(n - 1));
    let b = thread::spawn(move || threads(n - 2));
    a.join().expect("no panic") + b.join().expect("no panic")
}

fn literally(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = literal::invoke(move || literally(n - 1));
    let b = literal::invoke(move || literally(n - 2));
    literal::await_(a) + literal::await_(b)
}
