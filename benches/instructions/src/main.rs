//! `bench-instructions [--check | --update]`: how many instructions an invocation takes.
//!
//! Valgrind counts them, so that a busy machine does not matter. What is measured runs on a loop
//! whose only thread is busy with something else: every callee is run by its awaiter, and the
//! counts repeat within a few thousandths. A ceiling has 10 % of room above the count when it was
//! written; a toolchain that compiles differently may need `--update`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use async_mech::EventLoop;
use crossbeam_channel::bounded;

use bench_instructions::{all_at_once, fibonacci, pings};

/// The argument that makes this program do the work that is counted.
const COMMAND: &str = "run";

/// What is counted: a name, how many invocations it is, and the work.
type Counted = (&'static str, u64, fn());

const WORK: &[Counted] = &[
    ("ping", 20_000, || pings(20_000)),
    ("fan-out", 20_000, || (0..20).for_each(|_| all_at_once(1_000))),
    ("fib", 8_360, || assert_eq!(fibonacci(18), 2_584)),
];

/// What remains if there is no work: starting the process, the loop and its thread.
const NOTHING: &str = "nothing";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        [COMMAND, name] => {
            run(name);
            return ExitCode::SUCCESS;
        }
        // A machine without Valgrind checks nothing, and says so.
        ["--check"] if !has_valgrind() => {
            println!("valgrind is not installed: no instructions are counted");
            return ExitCode::SUCCESS;
        }
        [] => count().map(|counts| print(&counts)),
        ["--check"] => count().and_then(|counts| check(&counts)),
        ["--update"] => count().and_then(|counts| update(&counts)),
        _ => Err("usage: bench-instructions [--check | --update]".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench-instructions: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Does the work, or nothing, where every callee is run by its awaiter.
fn run(name: &str) {
    let work = WORK.iter().find(|(known, ..)| *known == name).map(|(.., work)| *work);
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (started, starts) = bounded(0);
    let (end, ends) = bounded::<()>(0);
    let busy = event_loop.invoke(move || {
        started.send(()).expect("somebody listens");
        // Until the sender is dropped.
        ends.recv().is_err()
    });
    starts.recv().expect("it starts");
    // On a thread of another loop: Valgrind hides how large the main thread's stack is.
    let worker = EventLoop::builder().lend_threads(false).build();
    let in_loop = event_loop.clone();
    worker.invoke(move || in_loop.run(|| work.map(|work| work()))).wait();
    drop(end);
    assert!(busy.wait());
}

fn has_valgrind() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Instructions an invocation.
fn count() -> Result<Vec<(&'static str, u64)>, String> {
    let nothing = total(NOTHING)?;
    let each = |&(name, invocations, _): &Counted| {
        Ok((name, total(name)?.saturating_sub(nothing) / invocations))
    };
    WORK.iter().map(each).collect()
}

/// Instructions of a whole process.
fn total(name: &str) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([COMMAND, name])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    match collected.and_then(|(_, number)| number.trim().parse().ok()) {
        Some(number) if output.status.success() => Ok(number),
        _ => Err(format!("{name} under valgrind: {text}")),
    }
}

fn print(counts: &[(&str, u64)]) {
    for (name, count) in counts {
        println!("{name:<8} {count:>6} instructions an invocation");
    }
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ceilings.txt")
}

/// Compares with the ceilings, a line each: a name and a number.
fn check(counts: &[(&str, u64)]) -> Result<(), String> {
    let text = fs::read_to_string(file()).map_err(|error| format!("the ceilings: {error}"))?;
    let mut above = Vec::new();
    for (name, count) in counts {
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let ceiling =
            lines.find(|(of, _)| of == name).and_then(|(_, ceiling)| ceiling.trim().parse().ok());
        let ceiling: u64 = ceiling.ok_or_else(|| format!("no ceiling for {name}"))?;
        println!("{name:<8} {count:>6} instructions an invocation, at most {ceiling}");
        if *count > ceiling {
            above.push(*name);
        }
    }
    if above.is_empty() {
        Ok(())
    } else {
        Err(format!("more instructions than before: {}", above.join(", ")))
    }
}

/// Writes ceilings with room above what was counted.
fn update(counts: &[(&str, u64)]) -> Result<(), String> {
    let mut text = String::new();
    for (name, count) in counts {
        let _ = writeln!(text, "{name} {}", count + count / 10);
    }
    print(counts);
    fs::write(file(), text).map_err(|error| format!("the ceilings: {error}"))
}
