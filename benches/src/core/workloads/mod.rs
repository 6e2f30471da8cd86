//! The workloads: what each measures, who takes part, and what is asked of async-mech.

mod chain;
mod fan_out;
mod fib;
mod ping;
mod promises;
mod sleepers;

use std::time::{Duration, Instant};

/// One kind of work, done by several contenders.
pub(in crate::core) struct Workload {
    pub(in crate::core) name: &'static str,
    pub(in crate::core) title: &'static str,
    /// What each contender measures, in this order.
    pub(in crate::core) figures: &'static [Figure],
    pub(in crate::core) contenders: &'static [Contender],
    pub(in crate::core) targets: &'static [Target],
}

/// One number that a run gives.
pub(in crate::core) struct Figure {
    pub(in crate::core) name: &'static str,
    pub(in crate::core) unit: &'static str,
    pub(in crate::core) decimals: usize,
    /// Whether the others' figures are printed as multiples of ours.
    pub(in crate::core) compared: bool,
}

impl Figure {
    const fn millis(name: &'static str) -> Figure {
        Figure { name, unit: "ms", decimals: 2, compared: true }
    }

    const fn mebibytes(name: &'static str) -> Figure {
        Figure { name, unit: "MiB", decimals: 1, compared: false }
    }
}

/// Somebody who does the work: a name, and a function that gives the workload's figures.
pub(in crate::core) struct Contender {
    pub(in crate::core) name: &'static str,
    run: fn() -> Vec<f64>,
}

/// Our own name as a contender.
pub(in crate::core) const OURS: &str = "async-mech";
const THREADS: &str = "std::thread";
const LITERAL: &str = "literal port";
const TOKIO: &str = "tokio spawn_blocking";

/// What a figure of ours should be.
pub(in crate::core) enum Target {
    /// At least so many times faster than another contender.
    Faster { than: &'static str, figure: usize, times: f64 },
    /// Less than this, in the figure's unit.
    Below { limit: f64, figure: usize },
}

impl Target {
    /// The target in words.
    pub(in crate::core) fn text(&self, workload: &Workload) -> String {
        match *self {
            Target::Faster { than, figure, times } => {
                let figure = &workload.figures[figure].name;
                if times == 1.0 {
                    format!("{figure}: no slower than {than}")
                } else {
                    format!("{figure}: at least {times}x faster than {than}")
                }
            }
            Target::Below { limit, figure } => {
                let figure = &workload.figures[figure];
                format!("{}: below {limit} {}", figure.name, figure.unit)
            }
        }
    }
}

/// All workloads, in the order in which they are measured.
pub(in crate::core) static ALL: [Workload; 6] = [
    ping::WORKLOAD,
    fan_out::WORKLOAD,
    fib::WORKLOAD,
    chain::WORKLOAD,
    sleepers::WORKLOAD,
    promises::WORKLOAD,
];

/// The workload of that name.
pub(in crate::core) fn find(name: &str) -> Option<&'static Workload> {
    ALL.iter().find(|workload| workload.name == name)
}

/// The names of all workloads.
pub(in crate::core) fn names() -> Vec<&'static str> {
    ALL.iter().map(|workload| workload.name).collect()
}

impl Workload {
    /// What the contender of that name runs.
    pub(in crate::core) fn find(&self, name: &str) -> Option<fn() -> Vec<f64>> {
        self.contenders.iter().find(|other| other.name == name).map(|contender| contender.run)
    }
}

/// How long `f` takes, after a smaller run of it that finds threads, caches and pages cold.
fn timed(warm_up: u64, count: u64, f: impl Fn(u64)) -> Duration {
    f(warm_up);
    let start = Instant::now();
    f(count);
    start.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
