//! Invocations that invoke and await others: recursion, chains, a tree of a million leaves.

use super::{Figure, Target, Workload};
use crate::peers::JOIN;

const FIB: &[Figure] = &[Figure::millis("time")];
const FIB_TARGETS: &[Target] = &[
    FASTER_THAN_GO,
    FASTER_THAN_TOKIO,
    WITHIN_RAYON,
    Target::By(JOIN, &FASTER_THAN_GO),
    Target::By(JOIN, &FASTER_THAN_TOKIO),
    Target::By(JOIN, &WITHIN_RAYON),
];
const FASTER_THAN_GO: Target = Target::Faster { than: "go", figure: 0, times: 6.0 };
const FASTER_THAN_TOKIO: Target = Target::Faster { than: "tokio-spawn", figure: 0, times: 6.0 };
const WITHIN_RAYON: Target = Target::Within { of: "rayon-join", figure: 0, times: 8.0 };
const CHAIN: &[Figure] = &[Figure::millis("time")];
const CHAIN_TARGETS: &[Target] = &[
    Target::Faster { than: "tokio-spawn", figure: 0, times: 3.0 },
    Target::Faster { than: "go", figure: 0, times: 3.0 },
];
const SHALLOW: &str = "a chain of a tenth of the depth";

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "fib-18",
        title: "fib(18) without a cut-off: 8,361 invocations",
        warm_up: "fib(13)",
        figures: FIB,
        targets: FIB_TARGETS,
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "fib-27",
        title: "fib(27) without a cut-off: 635,621 invocations",
        warm_up: "fib(13)",
        figures: FIB,
        targets: FIB_TARGETS,
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "chain-1k",
        title: "f(d) = await f(d - 1), 1,000 deep",
        warm_up: SHALLOW,
        figures: CHAIN,
        targets: &[],
        chart: false,
        seconds: 30,
    },
    Workload {
        name: "chain-10k",
        title: "f(d) = await f(d - 1), 10,000 deep",
        warm_up: SHALLOW,
        figures: CHAIN,
        targets: CHAIN_TARGETS,
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "chain-30k",
        title: "f(d) = await f(d - 1), 30,000 deep",
        warm_up: SHALLOW,
        figures: CHAIN,
        targets: CHAIN_TARGETS,
        chart: false,
        seconds: 30,
    },
    Workload {
        name: "chain-1m",
        title: "f(d) = await f(d - 1), 1,000,000 deep",
        warm_up: "nothing",
        figures: CHAIN,
        targets: &[Target::Below { limit: 500.0, figure: 1 }],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "skynet",
        title: "a tree of 1,000,000 leaves, ten children a node, that sums their numbers",
        warm_up: "a tree of 1,000 leaves",
        figures: &[Figure::millis("time")],
        targets: &[
            Target::Faster { than: "go", figure: 0, times: 10.0 },
            Target::Faster { than: "tokio-spawn", figure: 0, times: 12.0 },
            Target::Faster { than: "elixir-task", figure: 0, times: 100.0 },
            Target::Below { limit: 20.0, figure: 1 },
        ],
        chart: true,
        seconds: 30,
    },
];
