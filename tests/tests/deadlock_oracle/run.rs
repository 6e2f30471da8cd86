//! A graph as promises, and what becomes of them held against the oracle.

use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::graph::{Graph, Node, Step};
use crate::oracle::Oracle;
use async_mech::{Failure, Promise, invoke, promise, scope, wait};
use tests::{Random, leads_to_deadlock};

/// Long enough never to pass in a test.
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// The promises, for functions that were invoked before all of them were there.
type Table = Arc<OnceLock<Vec<Promise<u32>>>>;

fn promise_of(table: &Table, at: usize) -> Promise<u32> {
    table.wait()[at].clone()
}

fn take(table: &Table, steps: &[Step]) -> u32 {
    let one = |at: &usize| promise_of(table, *at);
    let some = |of: &[usize]| of.iter().map(one).collect::<Vec<_>>();
    for step in steps {
        match step {
            Step::Await(at) => drop(one(at).wait()),
            Step::Briefly(at) => drop(one(at).wait_timeout(Duration::from_micros(200))),
            Step::Patiently(at) => match one(at).wait_timeout(HOUR) {
                Ok(outcome) => _ = value(outcome),
                Err(_) => panic!("an hour has passed"),
            },
            Step::All(of) => drop(Promise::all(some(of)).wait()),
            Step::Any(of) => drop(Promise::any(some(of)).wait()),
            Step::Race(of) => drop(Promise::race(some(of)).wait()),
            Step::Tuple(a, b) => drop(wait((one(a), one(b)))),
            Step::AsCompleted(of) => {
                Promise::as_completed(some(of)).for_each(|(_, outcome)| _ = value(outcome));
            }
            Step::InScope(at) => scope(|s| invoke!(s => || _ = one(at).wait()).detach()),
        }
    }
    1
}

fn value(outcome: Result<u32, Failure>) -> u32 {
    outcome.unwrap_or_else(|failure| resume_unwind(Box::new(failure)))
}

/// Builds the graph, lets it run, and holds what became of it against the oracle.
pub(crate) fn check(graph: &Graph, random: &mut Random, what: &str) -> bool {
    let table = Table::default();
    let mut promises: Vec<Promise<u32>> = Vec::with_capacity(graph.nodes.len());
    let mut resolvers = Vec::new();
    for node in &graph.nodes {
        let theirs = Arc::clone(&table);
        let some = |of: &[usize]| of.iter().map(|&at| promises[at].clone()).collect::<Vec<_>>();
        let p = match node.clone() {
            Node::Runs(steps) => invoke!(|| take(&theirs, &steps)),
            Node::Panics(steps) => invoke!(|| {
                take(&theirs, &steps);
                // As a panic, but for the message.
                resume_unwind(Box::new("as the graph has it"))
            }),
            Node::Flattens(steps, inner) => invoke!(|| {
                take(&theirs, &steps);
                promise_of(&theirs, inner)
            })
            .flatten(),
            Node::Then(first, steps) => {
                promises[first].clone().then(move |_| take(&theirs, &steps))
            }
            Node::All(of) => Promise::all(some(&of)).then(|values| values[0]),
            Node::AllSettled(of) => Promise::all_settled(some(&of)).then(|_| 1),
            Node::Any(of) => Promise::any(some(&of)),
            Node::Race(of) => Promise::race(some(&of)),
            Node::Resolver(resolves) => {
                let (p, resolver) = promise();
                resolvers.push((resolver, resolves));
                p
            }
            Node::Relay(on) => {
                let (p, resolver) = promise();
                invoke!(|| match promise_of(&theirs, on).outcome() {
                    Ok(value) => resolver.resolve(value),
                    Err(_) => drop(resolver),
                })
                .detach();
                p
            }
        };
        promises.push(p);
    }
    let n = promises.len();
    assert!(table.set(promises).is_ok(), "filled once");
    let patience = if random.once_in(2) { 0 } else { random.below(20) };
    for _ in 0..patience {
        thread::yield_now();
    }
    for (resolver, resolves) in resolvers {
        match resolves {
            true => resolver.resolve(1),
            false => resolver.fail(std::fmt::Error),
        }
    }
    let oracle = Oracle::of(graph);
    let first = random.below(n as u64) as usize;
    for at in (0..n).map(|at| (first + at) % n) {
        let outcome = promise_of(&table, at).outcome();
        let is_right = match &outcome {
            Ok(_) => oracle.has_value[at],
            Err(_) if oracle.has_value[at] => false,
            Err(failure) if oracle.settles[at] => !leads_to_deadlock(failure),
            Err(failure) => oracle.sees_failure[at] || leads_to_deadlock(failure),
        };
        assert!(is_right, "{what}: promise {at} gave {outcome:?} in {graph:#?}");
    }
    oracle.settles.contains(&false)
}
