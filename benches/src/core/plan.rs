//! What is measured, in which order, and what came of it.

use std::collections::HashMap;

use super::child;
use super::workloads::{self, Workload};
use crate::spread::Spread;

/// Which workloads to measure, and how often.
pub(super) struct Plan {
    pub(super) rounds: usize,
    pub(super) workloads: Vec<&'static Workload>,
}

impl Plan {
    /// All workloads in five rounds, unless the command line says otherwise.
    pub(super) fn parse(arguments: &[String]) -> Option<Plan> {
        let mut plan = Plan { rounds: 5, workloads: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--rounds" {
                plan.rounds = arguments.next()?.parse().ok().filter(|&rounds| rounds > 0)?;
            } else {
                plan.workloads.push(workloads::find(argument)?);
            }
        }
        if plan.workloads.is_empty() {
            plan.workloads = workloads::ALL.iter().collect();
        }
        Some(plan)
    }

    /// Measures each contender once, forwards in even rounds and backwards in odd ones.
    pub(super) fn round(&self, round: usize, results: &mut Results) {
        let mut order: Vec<_> = self
            .workloads
            .iter()
            .flat_map(|workload| {
                workload.contenders.iter().map(|other| (workload.name, other.name))
            })
            .collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (workload, contender) in order {
            let of = results.runs.entry((workload, contender)).or_default();
            match child::measure(workload, contender) {
                Ok(figures) => of.figures.push(figures),
                Err(why) => of.failure = Some(why),
            }
        }
    }
}

/// What the rounds gave.
#[derive(Default)]
pub(super) struct Results {
    runs: HashMap<(&'static str, &'static str), Runs>,
}

#[derive(Default)]
struct Runs {
    figures: Vec<Vec<f64>>,
    failure: Option<String>,
}

impl Results {
    /// The spread of a contender's figure, or why there is none.
    pub(super) fn spread(
        &self,
        workload: &'static str,
        contender: &'static str,
        figure: usize,
    ) -> Result<Spread, String> {
        let Some(runs) = self.runs.get(&(workload, contender)) else {
            return Err("not measured".to_owned());
        };
        if let Some(why) = &runs.failure {
            return Err(why.clone());
        }
        Spread::of(runs.figures.iter().map(|figures| figures[figure]))
            .ok_or_else(|| "not measured".to_owned())
    }
}
