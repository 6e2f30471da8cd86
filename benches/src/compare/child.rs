//! The child's side of a measurement: does one peer's part of one workload, and prints the figures.

use std::process::ExitCode;

use crate::machine;
use crate::peers::{self, Ability};
use crate::process::REFUSES;

/// The argument that makes this program measure one peer.
pub(crate) const COMMAND: &str = "measure";

/// Prints the figures on one line, and the peak of resident memory as the last.
pub(super) fn run(peer: &str, workload: &str) -> ExitCode {
    let Some(found) = peers::find(peer) else {
        eprintln!("no peer {peer}");
        return ExitCode::from(2);
    };
    match found.ability(workload) {
        Ability::Does(measure) => {
            let mut figures = measure();
            figures.push(machine::peak_resident());
            let figures: Vec<String> = figures.iter().map(f64::to_string).collect();
            println!("{}", figures.join(" "));
            // At once: promises and threads that are still there are no concern of ours.
            std::process::exit(0)
        }
        Ability::Refuses(why) => {
            eprintln!("{why}");
            ExitCode::from(REFUSES)
        }
        Ability::Absent => {
            eprintln!("{peer} has no part in {workload}");
            ExitCode::from(2)
        }
    }
}
