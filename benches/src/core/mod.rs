//! `bench-core [--rounds N] [WORKLOAD ..]`: a few workloads in a minute, for every change.
//!
//! A round measures each contender once; odd rounds go backwards. Printed are the medians of the
//! rounds, with their extremes, and which targets are reached.

mod child;
mod plan;
mod report;
mod workloads;

use std::process::ExitCode;

use self::plan::{Plan, Results};
use crate::machine;

/// The command.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, workload, contender] = arguments.as_slice()
        && command == child::COMMAND
    {
        return child::run(workload, contender);
    }
    let Some(plan) = Plan::parse(&arguments) else {
        eprintln!("usage: bench-core [--rounds N] [WORKLOAD ..]");
        eprintln!("workloads: {}", workloads::names().join(" "));
        return ExitCode::from(2);
    };

    println!("{}", machine::description());
    println!("{} rounds; medians (min..max); load at the start: {}", plan.rounds, machine::load());
    let mut results = Results::default();
    for round in 0..plan.rounds {
        eprintln!("round {} of {}", round + 1, plan.rounds);
        plan.round(round, &mut results);
    }
    for workload in &plan.workloads {
        report::print(workload, &results);
    }
    report::print_targets(&plan.workloads, &results);
    ExitCode::SUCCESS
}
