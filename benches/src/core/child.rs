//! One measurement of `bench-core`, in both processes.

use std::process::{Command, ExitCode};
use std::time::Duration;

use super::workloads;
use crate::process;

/// The argument that makes this program measure one contender and print its figures.
pub(super) const COMMAND: &str = "measure";

/// The longest a measurement may take.
const LIMIT: Duration = Duration::from_secs(60);

/// In the child: measures, and prints the figures on one line.
pub(super) fn run(workload: &str, contender: &str) -> ExitCode {
    let Some(measure) = workloads::find(workload).and_then(|workload| workload.find(contender))
    else {
        eprintln!("no contender {contender} for {workload}");
        return ExitCode::from(2);
    };
    let figures: Vec<String> = measure().iter().map(f64::to_string).collect();
    println!("{}", figures.join(" "));
    ExitCode::SUCCESS
}

/// In the parent: the figures of one run, or why there are none.
pub(super) fn measure(workload: &str, contender: &str) -> Result<Vec<f64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args([COMMAND, workload, contender]);
    process::measure(&mut command, LIMIT)
        .map_err(|failure| format!("{}: {}", failure.word(), failure.reason()))
}
