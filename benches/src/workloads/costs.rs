//! What async-mech's features cost those who use them, and those who do not.

use super::{Figure, Workload};

const TENTH: &str = "a tenth of it";

pub(super) const ALL: &[Workload] = &[
    Workload {
        name: "features",
        title: "what ping, fan-out and fib cost with a feature in use",
        warm_up: TENTH,
        figures: &[
            Figure::nanos("ping, a pair"),
            Figure::nanos("fan-out, each of 10,000"),
            Figure::nanos("fib(18), an invocation"),
        ],
        targets: &[],
        chart: true,
        seconds: 30,
    },
    Workload {
        name: "parked-far",
        title: "a chain of parked awaits, from the end that nobody completes",
        warm_up: "nothing",
        figures: &[Figure::micros("an await, 5,000 deep"), Figure::micros("an await, 10,000 deep")],
        targets: &[],
        chart: false,
        seconds: 30,
    },
    Workload {
        name: "parked-near",
        title: "a chain of parked awaits, from the end that nobody awaits",
        warm_up: "nothing",
        figures: &[Figure::micros("an await, 5,000 deep"), Figure::micros("an await, 10,000 deep")],
        targets: &[],
        chart: false,
        seconds: 30,
    },
    Workload {
        name: "lent-chain",
        title: "an await that parks below a chain of lent threads",
        warm_up: TENTH,
        figures: &[Figure::micros("10 deep"), Figure::micros("100,000 deep")],
        targets: &[],
        chart: false,
        seconds: 30,
    },
];
