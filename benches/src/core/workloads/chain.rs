//! A chain of awaits a million deep: it must end, in less than a gibibyte.
//!
//! Nobody else takes part: a thread for each level is far beyond what a system allows.

use std::time::Instant;

use async_mech::{invocable, invoke};

use super::{Contender, Figure, OURS, Target, Workload, millis};
use crate::machine;

const DEPTH: u64 = 1_000_000;

pub(super) const WORKLOAD: Workload = Workload {
    name: "chain",
    title: "f(d) = await f(d - 1), 1,000,000 deep",
    figures: &[Figure::millis("time"), Figure::mebibytes("peak resident memory")],
    contenders: &[Contender { name: OURS, run: ours }],
    targets: &[Target::Below { limit: 1024.0, figure: 1 }],
};

#[invocable]
fn depth(d: u64) -> u64 {
    if d == 0 { 0 } else { 1 + invoke!(depth(d - 1)).await }
}

fn ours() -> Vec<f64> {
    let start = Instant::now();
    assert_eq!(invoke!(depth(DEPTH)).wait(), DEPTH);
    vec![millis(start.elapsed()), machine::peak_resident()]
}
