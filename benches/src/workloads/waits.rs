//! Invocations that block: many that sleep, many that await one promise.

use super::{Figure, Target, Workload};

const SLEEPERS: &[Figure] = &[Figure::millis("first time"), Figure::millis("again")];

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "sleepers-1k",
        title: "1,000 invocations that each sleep for 100 ms, then await all",
        warm_up: "nothing; then once more, with the threads that are kept",
        figures: SLEEPERS,
        targets: &[],
        chart: false,
        seconds: 30,
    },
    Workload {
        name: "sleepers-10k",
        title: "10,000 invocations that each sleep for 100 ms, then await all",
        warm_up: "nothing; then once more, with the threads that are kept",
        figures: SLEEPERS,
        targets: &[
            Target::Faster { than: "tokio-blocking", figure: 0, times: 1.0 },
            Target::Faster { than: "rusty-pool", figure: 0, times: 1.0 },
            Target::Faster { than: "std", figure: 0, times: 1.0 },
            Target::Within { of: "tokio-spawn", figure: 0, times: 1.7 },
            Target::Faster { than: "tokio-blocking", figure: 1, times: 1.0 },
            Target::Faster { than: "rusty-pool", figure: 1, times: 1.0 },
            Target::Faster { than: "std", figure: 1, times: 1.0 },
            Target::Within { of: "tokio-spawn", figure: 1, times: 1.7 },
        ],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "awaiters",
        title: "1,000 executions await one promise, which is then resolved",
        warm_up: "the same once before",
        figures: &[Figure::millis("in all"), Figure::millis("resolved to last one done")],
        targets: &[Target::Faster { than: "std", figure: 0, times: 10.0 }],
        chart: true,
        seconds: 30,
    },
];
