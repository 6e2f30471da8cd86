//! Random graphs of executions that await each other, against a brute-force oracle: no false
//! alarm, and no deadlock missed.
//!
//! The oracle knows a graph as a table. It applies the rules of the combinators until nothing
//! changes, so it depends on no schedule:
//!
//! | | |
//! |---|---|
//! | *has a value* | all it awaits have one; of an `any`, one |
//! | *settles* | it fails by itself, or all it awaits settle, or of an `any` one has a value |
//! | neither | it is stuck, and the runtime must end it with a failure that leads to a deadlock |
//!
//! An `all` with an input that fails and one that is stuck may fail for either reason, so for what
//! does not settle both are right where a failure is in reach; where none is, only a deadlock.

mod graph;
mod oracle;
mod run;

use std::panic::resume_unwind;
use std::thread;

use async_mech::EventLoop;
use graph::{Graph, Mix};
use run::{HOUR, check};
use tests::{Random, Watchdog, until_no_promises};

/// Graphs that a watchdog watches together.
const BATCH: u64 = 250;

/// Checks that many graphs. The seed of a graph is that of the test and its number.
fn graphs(seed: u64, graphs: u64, mix: Mix) {
    let loops = [
        EventLoop::builder(),
        EventLoop::builder().lend_threads(false),
        EventLoop::builder().max_threads(1),
        EventLoop::builder().max_threads(2).lend_threads(false),
    ]
    .map(|builder| builder.build());
    let mut stuck = 0;
    for batch in 0..graphs / BATCH {
        let event_loop = loops[batch as usize % loops.len()].clone();
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let watched = format!("a graph of {numbers:?} of seed {seed}");
        let run = move || {
            let _watchdog = Watchdog::over(&event_loop);
            let one = |number| {
                let mut random = Random::new(seed << 32 | number);
                let mut random = random.fork();
                let graph = Graph::random(&mut random, mix);
                let what = format!("graph {number} of seed {seed}");
                event_loop.run(|| check(&graph, &mut random, &what))
            };
            numbers.filter(|&number| one(number)).count() as u64
        };
        let batch = thread::Builder::new().name(watched).spawn(run).expect("a thread");
        stuck += batch.join().unwrap_or_else(|payload| resume_unwind(payload));
    }
    eprintln!("{stuck} of {graphs} graphs have deadlocks");
    assert!((graphs / 20..graphs / 20 * 19).contains(&stuck), "{stuck} of {graphs}: a dull mix");
    for event_loop in loops {
        assert_eq!(event_loop.shutdown(HOUR), 0);
        until_no_promises(&event_loop);
    }
}

const SMALL: Mix = Mix { executions: 5, combinators: 3, fail: false, timed: false };

#[test]
fn graphs_of_plain_executions() {
    graphs(1, 40_000, Mix { combinators: 0, ..SMALL });
}

#[test]
fn graphs_with_combinators() {
    graphs(2, 30_000, SMALL);
}

#[test]
fn graphs_with_failures() {
    graphs(3, 20_000, Mix { executions: 8, fail: true, ..SMALL });
}

#[test]
fn graphs_with_deadlines() {
    graphs(4, 10_000, Mix { fail: true, timed: true, ..SMALL });
}

#[test]
fn large_graphs() {
    graphs(5, 1_000, Mix { executions: 60, combinators: 20, fail: true, timed: false });
}
