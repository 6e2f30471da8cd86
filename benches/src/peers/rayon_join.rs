//! `rayon::join` and parallel iterators: the fastest where nothing waits, and no handles.

use std::time::Duration;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::{Ability, How, Peer, Table};
use crate::work::calls::{BUSY, BUSY_PINGS, FAN_OUT_BODY, PING_BODY, PINGS};
use crate::work::trees::{self, FIB_WARM_UP, SKYNET, SKYNET_SUM, SKYNET_WARM_UP};
use crate::work::{checksum, compute, micros, millis, sum_below, timed, trivial};

pub(super) static PEER: Peer = Peer {
    id: "rayon-join",
    name: "rayon::join",
    about: "the global pool, a thread a processor; the work runs inside it; parallel iterators where those are the way",
    how: How::Here { tables: &[TABLE], environment: &[] },
};

const TABLE: Table = &[
    ("ping", Ability::Does(ping)),
    ("ping-busy", Ability::Does(ping_busy)),
    ("fan-out-10k", Ability::Does(fan_out::<10_000>)),
    ("fan-out-100k", Ability::Does(fan_out::<100_000>)),
    ("fan-out-busy", Ability::Does(fan_out_busy)),
    ("fib-18", Ability::Does(fib::<18>)),
    ("fib-27", Ability::Does(fib::<27>)),
    ("chain-1k", Ability::Does(chain::<1_000>)),
    ("chain-10k", Ability::Does(chain::<10_000>)),
    ("chain-30k", Ability::Does(chain::<30_000>)),
    ("chain-1m", Ability::Does(chain::<1_000_000>)),
    ("skynet", Ability::Does(skynet)),
    ("sleepers-1k", NO_THREADS),
    ("sleepers-10k", NO_THREADS),
    ("awaiters", NO_THREADS),
    ("start", Ability::Refuses("join always awaits")),
    ("checksum", Ability::Does(sums)),
];

const NO_THREADS: Ability = Ability::Refuses("a blocked job keeps one of the pool's threads");

/// Within the pool, where `join` costs least.
fn in_pool<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    rayon::scope(|_| f())
}

fn ping() -> Vec<f64> {
    let pings = |count| {
        for n in 0..count {
            let ((), value) = rayon::join(|| (), || trivial(n));
            assert_eq!(value, n);
        }
    };
    in_pool(|| vec![millis(timed(PINGS / 10, PINGS, pings).0)])
}

fn ping_busy() -> Vec<f64> {
    let pings = |count| {
        for n in 0..count {
            let callee = || {
                compute(PING_BODY);
                n
            };
            assert_eq!(rayon::join(|| compute(PING_BODY), callee).1, n);
        }
    };
    let time: Duration = in_pool(|| timed(BUSY_PINGS / 10, BUSY_PINGS, pings).0);
    vec![micros(time) / BUSY_PINGS as f64]
}

/// One job a value, as the others have it: rayon would join several of these.
fn fan_out<const COUNT: u64>() -> Vec<f64> {
    let all = |count| {
        let values: Vec<u64> = each(count, trivial);
        assert_eq!(values.into_iter().sum::<u64>(), sum_below(count));
    };
    in_pool(|| vec![millis(timed(COUNT / 10, COUNT, all).0)])
}

fn fan_out_busy() -> Vec<f64> {
    let all = |count| {
        let values = each(count, |n| {
            compute(FAN_OUT_BODY);
            n
        });
        assert_eq!(values.into_iter().sum::<u64>(), sum_below(count));
    };
    in_pool(|| vec![millis(timed(BUSY / 10, BUSY, all).0)])
}

fn each(count: u64, f: impl Fn(u64) -> u64 + Sync + Send) -> Vec<u64> {
    (0..count).into_par_iter().map(f).collect()
}

fn fib<const N: u64>() -> Vec<f64> {
    let (time, value) = in_pool(|| timed(FIB_WARM_UP, N, fibonacci));
    assert_eq!(value, trees::plain_fib(N));
    vec![millis(time)]
}

fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fibonacci(n - 1), || fibonacci(n - 2));
    a + b
}

/// On the stack of one thread, since `join` runs its first closure at once.
fn chain<const DEPTH: u64>() -> Vec<f64> {
    let (time, depth) = in_pool(|| timed(trees::warm_up_depth(DEPTH), DEPTH, levels));
    assert_eq!(depth, DEPTH);
    vec![millis(time)]
}

fn levels(depth: u64) -> u64 {
    if depth == 0 { 0 } else { 1 + rayon::join(|| levels(depth - 1), || ()).0 }
}

fn skynet() -> Vec<f64> {
    let (time, sum) = in_pool(|| timed(SKYNET_WARM_UP, SKYNET, |leaves| node(0, leaves)));
    assert_eq!(sum, SKYNET_SUM);
    vec![millis(time)]
}

fn node(first: u64, leaves: u64) -> u64 {
    if leaves == 1 {
        return trivial(first);
    }
    let each = leaves / 10;
    (0..10u64).into_par_iter().map(|n| node(first + n * each, each)).sum()
}

fn sums() -> Vec<f64> {
    checksum::measure(|tree| {
        checksum::files(tree).par_iter().map(|file| checksum::hash(tree, file)).collect()
    })
}
