//! The workloads: what each measures, for how long at most, and what is asked of async-mech.

mod calls;
mod costs;
mod jobs;
mod memory;
mod trees;
mod waits;

use std::time::Duration;

pub(crate) use self::jobs::TREE;

/// One kind of work, done by several peers.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What ran before the clock started, in words; the same for every peer.
    pub(crate) warm_up: &'static str,
    /// What each run measures, in this order; the peak of resident memory follows by itself.
    pub(crate) figures: &'static [Figure],
    pub(crate) targets: &'static [Target],
    /// Whether its results are drawn.
    pub(crate) chart: bool,
    /// How long a run may take.
    pub(crate) seconds: u64,
}

/// One number that a run gives; less is better.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) decimals: usize,
    /// Whether the others' figures are shown as multiples of async-mech's.
    pub(crate) compared: bool,
}

/// The figure that every run gives last.
pub(crate) const PEAK: Figure =
    Figure { name: "peak resident", unit: "MiB", decimals: 1, compared: false };

impl Figure {
    const fn millis(name: &'static str) -> Figure {
        Figure { name, unit: "ms", decimals: 2, compared: true }
    }

    const fn micros(name: &'static str) -> Figure {
        Figure { name, unit: "µs", decimals: 2, compared: true }
    }

    const fn nanos(name: &'static str) -> Figure {
        Figure { name, unit: "ns", decimals: 1, compared: true }
    }

    const fn bytes(name: &'static str) -> Figure {
        Figure { name, unit: "B", decimals: 0, compared: true }
    }

    /// A value, with as many digits as make sense.
    pub(crate) fn show(&self, value: f64) -> String {
        let decimals = match value.abs() {
            10_000.0.. => 0,
            100.0.. => self.decimals.min(1),
            _ => self.decimals,
        };
        format!("{value:.decimals$}")
    }
}

/// What a figure of async-mech's should be.
#[derive(Debug)]
pub(crate) enum Target {
    /// At least so many times faster than a peer.
    Faster { than: &'static str, figure: usize, times: f64 },
    /// At most so many times a peer's.
    Within { of: &'static str, figure: usize, times: f64 },
    /// At most this, in the figure's unit. The figure after the workload's own is the peak.
    Below { limit: f64, figure: usize },
    /// One of these, of this peer of ours in place of async-mech.
    By(&'static str, &'static Target),
}

impl Workload {
    /// The figure at an index, the peak included.
    pub(crate) fn figure(&self, at: usize) -> &'static Figure {
        self.figures.get(at).unwrap_or(&PEAK)
    }

    /// How many figures a run gives.
    pub(crate) fn width(&self) -> usize {
        self.figures.len() + 1
    }

    /// How long a run may take; a third where all must be quick.
    pub(crate) fn limit(&self, quick: bool) -> Duration {
        Duration::from_secs(if quick { self.seconds / 3 } else { self.seconds })
    }
}

/// All workloads, in the order in which they are measured and shown.
pub(crate) fn all() -> impl Iterator<Item = &'static Workload> {
    [calls::ALL, trees::ALL, waits::ALL, jobs::ALL, memory::ALL, costs::ALL].into_iter().flatten()
}

/// The workload of that name.
pub(crate) fn find(name: &str) -> Option<&'static Workload> {
    all().find(|workload| workload.name == name)
}
