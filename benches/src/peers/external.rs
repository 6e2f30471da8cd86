//! Peers in other languages: programs under `benches/peers`, built before anything is measured.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Ability;

/// How to get and run a program that measures as this one does: given a workload, it prints the
/// figures and at the end its peak of resident memory in MiB.
pub(crate) struct Program {
    /// The workloads that it knows, or refuses, in lists.
    pub(crate) workloads: &'static [&'static [&'static str]],
    /// Those that it cannot do, and why.
    pub(crate) refuses: &'static [(&'static str, &'static str)],
    /// Builds it below a directory, and gives the command to which the workload is added; or says
    /// why it cannot be had.
    pub(crate) build: fn(&Path) -> Result<Vec<OsString>, String>,
    /// The language's version.
    pub(crate) version: fn() -> Option<String>,
}

/// What every other language knows, or refuses.
pub(super) const COMMON: &[&str] = &[
    "ping",
    "ping-busy",
    "fan-out-10k",
    "fan-out-100k",
    "fan-out-busy",
    "start",
    "fib-18",
    "fib-27",
    "chain-1k",
    "chain-10k",
    "chain-30k",
    "chain-1m",
    "skynet",
    "sleepers-1k",
    "sleepers-10k",
    "awaiters",
];

impl Program {
    pub(super) fn ability(&self, workload: &str) -> Ability {
        if let Some((_, why)) = self.refuses.iter().find(|(name, _)| *name == workload) {
            return Ability::Refuses(why);
        }
        // The figures come from the program, so there is no function to call here.
        let knows = self.workloads.iter().any(|some| some.contains(&workload));
        if knows { Ability::Does(elsewhere) } else { Ability::Absent }
    }
}

fn elsewhere() -> Vec<f64> {
    unreachable!("this peer is another program")
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("workloads", &self.workloads).finish_non_exhaustive()
    }
}

/// The sources of a peer, read when this was compiled, so that they need not be found.
pub(super) fn write(directory: &Path, sources: &[(&str, &str)]) -> Result<(), String> {
    std::fs::create_dir_all(directory).map_err(|error| error.to_string())?;
    for (name, text) in sources {
        std::fs::write(directory.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Runs a build step in a directory; fails with what it says.
pub(super) fn run(directory: &Path, command: &[&str]) -> Result<(), String> {
    let (program, arguments) = command.split_first().expect("a command");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "not installed".to_owned(),
            _ => error.to_string(),
        })?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).lines().take(3).collect::<Vec<_>>().join(" "))
}

/// The last line of what a command says about itself that names a version.
pub(super) fn version(command: &[&str]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().rev().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
}
