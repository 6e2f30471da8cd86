//! async-mech itself, written as its users write it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_mech::{Promise, invocable, invoke, promise};
use bench_instructions::{all_at_once, fibonacci, pings};

use super::{Ability, Blocking, How, OURS, Peer, Table, deadlock, features, memory};
use crate::work::calls::PINGS;
use crate::work::trees::{self, FIB_WARM_UP, SKYNET, SKYNET_SUM, SKYNET_WARM_UP};
use crate::work::{Invoke, awaiters, checksum, millis, timed};

pub(super) static PEER: Peer = Peer {
    id: OURS,
    name: "async-mech",
    about: "`invoke!` and `.await` on the global loop, with its defaults",
    how: How::Here { tables: &[SPECIAL, Blocking::<AsyncMech>::TABLE], environment: &[] },
};

const SPECIAL: Table = &[
    ("ping", Ability::Does(ping)),
    ("fan-out-10k", Ability::Does(fan_out::<10_000>)),
    ("fan-out-100k", Ability::Does(fan_out::<100_000>)),
    ("fib-18", Ability::Does(fib::<18>)),
    ("fib-27", Ability::Does(fib::<27>)),
    ("chain-1k", Ability::Does(chain::<1_000>)),
    ("chain-10k", Ability::Does(chain::<10_000>)),
    ("chain-30k", Ability::Does(chain::<30_000>)),
    ("chain-1m", Ability::Does(chain::<1_000_000>)),
    ("skynet", Ability::Does(skynet)),
    ("awaiters", Ability::Does(one_promise)),
    ("checksum", Ability::Does(sums)),
    ("memory", Ability::Does(memory::ours)),
    ("live-1k", Ability::Does(memory::live::<1_000>)),
    ("live-10k", Ability::Does(memory::live::<10_000>)),
    ("live-100k", Ability::Does(memory::live::<100_000>)),
    ("live-1m", Ability::Does(memory::live::<1_000_000>)),
    ("live-10m", Ability::Does(memory::live::<10_000_000>)),
    ("features", Ability::Does(features::figures)),
    ("parked-far", Ability::Does(deadlock::parked_far)),
    ("parked-near", Ability::Does(deadlock::parked_near)),
    ("lent-chain", Ability::Does(deadlock::lent_chain)),
];

struct AsyncMech;

impl Invoke for AsyncMech {
    type Promise = Promise<u64>;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Promise<u64> {
        invoke!(f())
    }

    fn wait(promise: Promise<u64>) -> u64 {
        promise.wait()
    }

    fn sleep(time: Duration) {
        // Not `async_mech::sleep`: an ordinary blocking call is what the library is for.
        std::thread::sleep(time);
    }
}

fn ping() -> Vec<f64> {
    vec![millis(timed(PINGS / 10, PINGS, pings).0)]
}

fn fan_out<const COUNT: u64>() -> Vec<f64> {
    vec![millis(timed(COUNT / 10, COUNT, all_at_once).0)]
}

fn fib<const N: u64>() -> Vec<f64> {
    let (time, value) = timed(FIB_WARM_UP, N, fibonacci);
    assert_eq!(value, trees::plain_fib(N));
    vec![millis(time)]
}

fn chain<const DEPTH: u64>() -> Vec<f64> {
    let deep = |depth| invoke!(levels(depth)).wait();
    let (time, depth) = timed(trees::warm_up_depth(DEPTH), DEPTH, deep);
    assert_eq!(depth, DEPTH);
    vec![millis(time)]
}

#[invocable]
fn levels(depth: u64) -> u64 {
    if depth == 0 { 0 } else { 1 + invoke!(levels(depth - 1)).await }
}

fn skynet() -> Vec<f64> {
    let tree = |leaves| invoke!(node(0, leaves)).wait();
    let (time, sum) = timed(SKYNET_WARM_UP, SKYNET, tree);
    assert_eq!(sum, SKYNET_SUM);
    vec![millis(time)]
}

#[invocable]
fn node(first: u64, leaves: u64) -> u64 {
    if leaves == 1 {
        return first;
    }
    let each = leaves / 10;
    let children: [_; 10] = std::array::from_fn(|n| invoke!(node(first + n as u64 * each, each)));
    let mut sum = 0;
    for child in children {
        sum += child.await;
    }
    sum
}

fn one_promise() -> Vec<f64> {
    awaiters::with::<AsyncMech, _, _>(|| {
        let (promise, resolver) = promise();
        (move || promise.clone().wait(), move |value| resolver.resolve(value))
    })
}

/// An invocation a file: what an invocation costs is nothing beside opening a file.
fn sums() -> Vec<f64> {
    checksum::measure(|tree| {
        let tree = Arc::new(tree.to_owned());
        let hash = |tree: Arc<PathBuf>, file: PathBuf| checksum::hash(&tree, &file);
        let files = checksum::files(&tree).into_iter();
        let promises: Vec<_> = files.map(|file| invoke!(hash(Arc::clone(&tree), file))).collect();
        promises.into_iter().map(|promise| promise.wait()).collect()
    })
}
