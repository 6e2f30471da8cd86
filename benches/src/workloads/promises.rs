//! A million promises, completed and dropped: memory must be where it was.
//!
//! After a burst of a million at once, glibc keeps part of the freed heap (`malloc_trim` gives it
//! back, and some 20 KiB are in use), so that figure has no target; a second burst must find
//! room in it.
//!
//! After a million *at once* the system's allocator may keep what it has: a million plain boxes
//! leave between 8 and 200 MiB with glibc, depending on the order in which they are dropped. What
//! the event loop must not do is to grow with every million, so a second one is measured too.

use std::hint::black_box;

use async_mech::{EventLoop, Promise, invoke};

use super::{Contender, Figure, OURS, Target, Workload};
use crate::machine;

const COUNT: u64 = 1_000_000;

pub(super) const WORKLOAD: Workload = Workload {
    name: "promises",
    title: "1,000,000 promises, completed and dropped unread",
    figures: &[
        Figure::mebibytes("growth, a thousand at a time"),
        Figure::mebibytes("growth, then a million at once"),
        Figure::mebibytes("growth, then another million at once"),
        Figure::mebibytes("peak resident memory"),
    ],
    contenders: &[Contender { name: OURS, run: ours }],
    targets: &[Target::Below { limit: 10.0, figure: 0 }, Target::Below { limit: 10.0, figure: 2 }],
};

fn ours() -> Vec<f64> {
    complete(10_000);
    let start = machine::resident();
    (0..COUNT / 1_000).for_each(|_| complete(1_000));
    let by_thousands = machine::resident();
    complete(COUNT);
    let a_million = machine::resident();
    complete(COUNT);
    let another = machine::resident();
    vec![
        by_thousands - start,
        a_million - by_thousands,
        another - a_million,
        machine::peak_resident(),
    ]
}

/// Invokes, waits until the promises are completed, and drops them all. Nothing may be left.
fn complete(count: u64) {
    let promises: Vec<Promise<u64>> = (0..count).map(|n| invoke!(|| black_box(n))).collect();
    for promise in &promises {
        while !promise.is_completed() {
            std::thread::yield_now();
        }
    }
    drop(promises);
    while !EventLoop::global().snapshot().promises.is_empty() {
        std::thread::yield_now();
    }
}
