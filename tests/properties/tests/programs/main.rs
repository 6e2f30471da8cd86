//! Random programs over the public API, held against a sequential model that says what each of
//! their awaits may give.
//!
//! | | |
//! |---|---|
//! | `program.rs` | the language: bodies of steps, which invoke other bodies |
//! | `generate.rs` | how proptest makes programs, and makes them smaller |
//! | `run.rs` `walk.rs` | a program as it is run, and what is seen of it |
//! | `model.rs` `predict.rs` | the same program walked without a thread |
//! | `check.rs` | what was seen, held against the model |
//!
//! # Why no program hangs
//!
//! A body has promises that are older than itself, and those it makes. Before it waits without a
//! deadline it uses up the resolvers it holds. So whoever waits holds nothing that others wait for,
//! and waits go from the younger to the older. The only circles are those that a step builds on
//! purpose, where a deadlock is what has to come.
//!
//! # How many
//!
//! 10,000 programs, made of the same seeds each time; `ASYNC_MECH_CASES` asks for another number and
//! `ASYNC_MECH_SEED` for others. What fails is made smaller, and printed with its seed. No program
//! is judged by how long it takes: one that hangs is printed by a watchdog, which ends the process.

mod check;
mod generate;
mod model;
mod predict;
mod program;
mod run;
mod seen;
mod walk;
mod watch;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::check::{Figures, check};
use crate::generate::{Mix, programs};
use crate::program::Program;
use crate::run::run;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use watch::Watchdog;

/// How many programs all tests here run together, unless told otherwise.
const CASES: u32 = 10_000;
/// How often a program is run while a failure is made smaller: it may depend on a race.
const AGAIN: usize = 20;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// Runs that many of ten cases, of one mix.
fn property(mix: Mix, tenths: u32) {
    let cases = number("ASYNC_MECH_CASES").map_or(CASES, |n| n.try_into().expect("fewer"));
    let seed = number("ASYNC_MECH_SEED").unwrap_or(1);
    let config = Config {
        cases: (cases / 10 * tenths).max(1),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let (failed, total) = (AtomicBool::new(false), Mutex::new(Figures::default()));
    let watchdog = Watchdog::new();
    let once = |program: &Program| {
        let ran = run(program, |loops| watchdog.over(program, loops));
        check(program, &ran)
    };
    let case = |program: Program| {
        let times = if failed.load(Ordering::Relaxed) { AGAIN } else { 1 };
        for _ in 0..times {
            match once(&program) {
                Ok(figures) => add(&mut total.lock().expect("no panic here"), figures),
                Err(wrong) => {
                    failed.store(true, Ordering::Relaxed);
                    return Err(TestCaseError::fail(wrong));
                }
            }
        }
        Ok(())
    };
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&programs(mix), case) {
        panic!("with ASYNC_MECH_SEED={seed}: {error}");
    }
    eprintln!("{:?}", total.into_inner().expect("no panic here"));
}

fn add(total: &mut Figures, one: Figures) {
    total.outcomes += one.outcomes;
    total.exact += one.exact;
    total.failures += one.failures;
    total.bodies += one.bodies;
    total.sure += one.sure;
}

#[test]
fn programs_in_which_nothing_races() {
    property(Mix { depth: 3, steps: 5, races: false, most: None }, 3);
}

#[test]
fn programs_in_which_anything_may_happen() {
    property(Mix { depth: 3, steps: 6, races: true, most: None }, 4);
}

#[test]
fn programs_on_loops_of_one_thread() {
    property(Mix { depth: 2, steps: 6, races: true, most: Some(1) }, 2);
}

#[test]
fn deep_programs_on_loops_of_two_threads() {
    property(Mix { depth: 4, steps: 3, races: true, most: Some(2) }, 1);
}
