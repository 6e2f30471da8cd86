//! `bench-core [--rounds N] [WORKLOAD ..]`: what invoke and await cost, beside plain threads.
//!
//! Every measurement runs in a process of its own, so that no contender inherits another's
//! threads or memory, and is killed after a minute. A round measures each contender once; odd
//! rounds go backwards. Printed are the medians of the rounds, with their extremes.

mod child;
mod machine;
mod plan;
mod report;
mod workloads;

/// The article's event loop, ported word for word: the baseline that async-mech comes from.
#[path = "../../examples/literal.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program, of which we use two functions")]
mod literal;

use std::process::ExitCode;

use plan::{Plan, Results};

fn main() -> ExitCode {
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
