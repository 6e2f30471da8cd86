//! What the rounds gave.

use std::collections::HashMap;

use crate::peers::{self, Peer};
use crate::process::Failure;
use crate::spread::Spread;
use crate::workloads::Workload;

/// All runs, by workload and peer.
#[derive(Default)]
pub(super) struct Results {
    runs: HashMap<(&'static str, &'static str), Runs>,
}

/// The runs of one peer's part of one workload.
#[derive(Default)]
pub(super) struct Runs {
    /// The figures of those that had any.
    figures: Vec<Vec<f64>>,
    /// Why the others had none.
    pub(super) failures: Vec<Failure>,
}

impl Runs {
    /// A figure over all runs, if any run gave it.
    pub(super) fn spread(&self, figure: usize) -> Option<Spread> {
        Spread::of(self.figures.iter().map(|figures| figures[figure]))
    }

    /// What is said about runs without figures.
    pub(super) fn remark(&self) -> Option<String> {
        let failure = self.failures.last()?;
        let (failed, all) = (self.failures.len(), self.failures.len() + self.figures.len());
        Some(if self.figures.is_empty() {
            failure.word().to_owned()
        } else {
            format!("{} in {failed} of {all}", failure.word())
        })
    }
}

impl Results {
    pub(super) fn add(
        &mut self,
        workload: &'static Workload,
        peer: &'static Peer,
        run: Result<Vec<f64>, Failure>,
    ) {
        let runs = self.runs.entry((workload.name, peer.id)).or_default();
        match run {
            Ok(figures) => runs.figures.push(figures),
            Err(failure) => runs.failures.push(failure),
        }
    }

    /// Whether it has been tried so often and never worked.
    pub(super) fn is_hopeless(&self, workload: &Workload, peer: &Peer, tries: usize) -> bool {
        let runs = self.runs.get(&(workload.name, peer.id));
        runs.is_some_and(|runs| {
            let refuses = matches!(runs.failures.last(), Some(Failure::Refuses(_)));
            runs.figures.is_empty() && (refuses || runs.failures.len() >= tries)
        })
    }

    /// A peer's runs of a workload, if there are any.
    pub(super) fn of(&self, workload: &Workload, peer: &str) -> Option<&Runs> {
        self.runs
            .iter()
            .find(|((name, id), _)| *name == workload.name && *id == peer)
            .map(|(_, runs)| runs)
    }

    /// All who took part in a workload, in the order of tables.
    pub(super) fn peers(
        &self,
        workload: &Workload,
    ) -> impl Iterator<Item = (&'static Peer, &Runs)> {
        peers::ALL.iter().filter_map(|peer| Some((*peer, self.of(workload, peer.id)?)))
    }

    /// A figure of one peer.
    pub(super) fn spread(&self, workload: &Workload, peer: &str, figure: usize) -> Option<Spread> {
        self.of(workload, peer)?.spread(figure)
    }
}
