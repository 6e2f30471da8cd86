//! `benches`: every workload against every peer that is here, interleaved.
//!
//! A round runs each peer's part of each workload once, in a process of its own; odd rounds go
//! backwards. Medians with extremes and ratios are printed, and written to `BENCHMARKS.md` with
//! charts beside this package.

mod chart;
mod child;
mod markdown;
mod options;
mod results;
mod rounds;
mod table;
mod targets;
mod tree;

use std::process::ExitCode;

pub(crate) use self::child::COMMAND as MEASURE;
use self::options::Options;
use self::results::Results;
use self::rounds::Contest;
use crate::machine;

/// The command.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, peer, workload] = arguments.as_slice()
        && command == child::COMMAND
    {
        return child::run(peer, workload);
    }
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match compare(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("benches: {why}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> Result<(), String> {
    let contest = Contest::prepare(options)?;
    let mut about = About {
        machine: machine::description(),
        load: machine::load(),
        rounds: 0,
        versions: contest.versions(),
    };
    println!("{}", about.machine);
    println!("load at the start: {}", about.load);
    about.versions.iter().for_each(|version| println!("{version}"));

    let mut results = Results::default();
    about.rounds = contest.run(&mut results);
    println!("rounds: {}", about.rounds);

    for workload in contest.workloads() {
        table::print(workload, &results);
    }
    targets::print(contest.workloads(), &results);
    if options.write {
        chart::write_all(contest.workloads(), &results)?;
        markdown::write(&about, contest.workloads(), &results)?;
    }
    Ok(())
}

/// What is said about a comparison besides its results.
struct About {
    machine: String,
    load: String,
    rounds: usize,
    versions: Vec<String>,
}
