//! Invoking and awaiting, one after the other or many at once.

use super::{Figure, Target, Workload};

const TENTH: &str = "a tenth of it";

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "ping",
        title: "20,000 times: invoke a function that returns at once, await it",
        warm_up: TENTH,
        figures: &[Figure::millis("time")],
        targets: &[
            Target::Faster { than: "go", figure: 0, times: 6.0 },
            Target::Faster { than: "rayon-spawn", figure: 0, times: 30.0 },
            Target::Faster { than: "elixir-task", figure: 0, times: 30.0 },
            Target::Faster { than: "tokio-blocking", figure: 0, times: 100.0 },
            Target::Faster { than: "std", figure: 0, times: 100.0 },
        ],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "ping-busy",
        title: "2,000 times: invoke a function that computes for 20 µs, compute for 20 µs, await it",
        warm_up: TENTH,
        figures: &[Figure::micros("a pair")],
        targets: &[],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "fan-out-10k",
        title: "invoke 10,000 functions that return at once, then await all",
        warm_up: TENTH,
        figures: &[Figure::millis("time")],
        targets: &[
            Target::Faster { than: "tokio-spawn", figure: 0, times: 3.0 },
            Target::Faster { than: "go", figure: 0, times: 3.0 },
            Target::Faster { than: "rusty-pool", figure: 0, times: 3.0 },
        ],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "fan-out-100k",
        title: "invoke 100,000 functions that return at once, then await all",
        warm_up: TENTH,
        figures: &[Figure::millis("time")],
        targets: &[
            Target::Faster { than: "tokio-spawn", figure: 0, times: 1.5 },
            Target::Faster { than: "go", figure: 0, times: 1.5 },
            Target::Faster { than: "rusty-pool", figure: 0, times: 1.5 },
        ],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "fan-out-busy",
        title: "invoke 10,000 functions that compute for 10 µs, then await all (50 ms on 2 processors)",
        warm_up: TENTH,
        figures: &[Figure::millis("time")],
        targets: &[],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "start",
        title: "from an invocation that nobody awaits to its first instruction, median of many",
        warm_up: "a tenth of the samples",
        figures: &[Figure::micros("right after another"), Figure::micros("after 3 ms of rest")],
        targets: &[
            Target::Below { limit: 5.0, figure: 0 },
            Target::Below { limit: 100.0, figure: 1 },
        ],
        chart: false,
        seconds: 30,
    },
];
