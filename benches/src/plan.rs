//! What is measured, in which order, and what came of it.

use std::collections::HashMap;

use crate::child;
use crate::workloads::{self, Workload};

/// Which workloads to measure, and how often.
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) workloads: Vec<&'static Workload>,
}

impl Plan {
    /// All workloads in five rounds, unless the command line says otherwise.
    pub(crate) fn parse(arguments: &[String]) -> Option<Plan> {
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
    pub(crate) fn round(&self, round: usize, results: &mut Results) {
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
pub(crate) struct Results {
    runs: HashMap<(&'static str, &'static str), Runs>,
}

#[derive(Default)]
struct Runs {
    figures: Vec<Vec<f64>>,
    failure: Option<String>,
}

/// One figure of one contender over all rounds.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Results {
    /// The spread of a contender's figure, or why there is none.
    pub(crate) fn spread(
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
        let mut values: Vec<f64> = runs.figures.iter().map(|figures| figures[figure]).collect();
        values.sort_by(f64::total_cmp);
        match (values.first(), values.last()) {
            (Some(&least), Some(&most)) => Ok(Spread { median: median(&values), least, most }),
            _ => Err("not measured".to_owned()),
        }
    }
}

/// The median of sorted values.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2.0 }
}
