//! The program `faulty` as a child process.
#![allow(dead_code, reason = "each test needs some of it")]

use std::process::{Command, Output};

/// The program with these arguments.
pub(crate) fn faulty(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_faulty"));
    command.args(arguments).env("RUST_BACKTRACE", "0");
    command
}

/// The same, under a limit that the shell sets.
pub(crate) fn limited(limit: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_faulty");
    command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), program]);
    command.args(arguments).env("RUST_BACKTRACE", "0");
    command
}

/// Runs it to its end.
#[track_caller]
pub(crate) fn output(mut command: Command) -> Output {
    command.output().expect("the program starts")
}

/// It has to say that all is done.
#[track_caller]
pub(crate) fn ends_well(command: Command) {
    let output = output(command);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.ends_with(b"all done\n"), "{output:?}");
}

/// Whether there is such a program here; says so if not.
pub(crate) fn has(tool: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("skipped: no {tool} here");
    }
    is_there
}
