//! What promises and blocked invocations keep resident, at any number of them.

use super::{Figure, Target, Workload};

const LIVE: &[Figure] = &[
    Figure::bytes("a completed promise"),
    Figure::bytes("a queued promise"),
    Figure::nanos("to invoke"),
    Figure::nanos("to invoke and await"),
];
const FLAT: &[Target] =
    &[Target::Below { limit: 200.0, figure: 0 }, Target::Below { limit: 200.0, figure: 1 }];
const WARM_UP: &str = "100 invocations";

const fn live(name: &'static str, title: &'static str) -> Workload {
    Workload {
        name,
        title,
        warm_up: WARM_UP,
        figures: LIVE,
        targets: FLAT,
        chart: false,
        // Ten million take longer than others' work.
        seconds: 120,
    }
}

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "memory",
        title: "resident memory of 500,000 promises of a u64, and of 5,000 blocked invocations, each",
        warm_up: WARM_UP,
        figures: &[
            Figure::bytes("a completed promise"),
            Figure::bytes("a queued promise"),
            Figure::bytes("a blocked invocation"),
        ],
        targets: FLAT,
        chart: false,
        seconds: 30,
    },
    live("live-1k", "1,000 promises at once"),
    live("live-10k", "10,000 promises at once"),
    live("live-100k", "100,000 promises at once"),
    live("live-1m", "1,000,000 promises at once"),
    live("live-10m", "10,000,000 promises at once"),
];
