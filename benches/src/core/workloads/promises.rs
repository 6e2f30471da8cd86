//! A million promises, completed and dropped: memory must be where it was.
//!
//! A thousand at a time, then a million at once, twice. They are held in lists of a thousand: glibc
//! keeps up to twice the size of the largest block that it has given back, so that one list of a
//! million would be measured with them. What a process frees stays resident below whatever is
//! still in use above it, such as the bookkeeping of a thread started in the midst of a burst, so
//! a round now and then shows some of the burst's peak; `malloc_trim` gives it back.

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
    targets: &[
        Target::Below { limit: 10.0, figure: 0 },
        Target::Below { limit: 10.0, figure: 1 },
        Target::Below { limit: 10.0, figure: 2 },
    ],
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
    let thousand = |_| (0..1_000).map(|n| invoke!(|| black_box(n))).collect();
    let promises: Vec<Vec<Promise<u64>>> = (0..count / 1_000).map(thousand).collect();
    for promise in promises.iter().flatten() {
        while !promise.is_completed() {
            std::thread::yield_now();
        }
    }
    drop(promises);
    while !EventLoop::global().snapshot().promises.is_empty() {
        std::thread::yield_now();
    }
}
