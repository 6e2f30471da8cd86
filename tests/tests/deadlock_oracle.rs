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

use std::error::Error;
use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use async_mech::{
    AggregateFailure, EventLoop, Failure, FailureKind, Promise, invoke, promise, scope, wait,
};
use tests::{Random, Watchdog};

/// Long enough never to pass in a test.
const HOUR: Duration = Duration::from_secs(3600);

/// One promise of the graph; others are named by their index.
#[derive(Clone, Debug)]
enum Node {
    /// A function that takes these steps, then returns.
    Runs(Vec<Step>),
    /// The same, and panics in the end.
    Panics(Vec<Step>),
    /// A function that takes these steps and returns the promise of another one, flattened.
    Flattens(Vec<Step>, usize),
    /// What is invoked with another one's value takes these steps.
    Then(usize, Vec<Step>),
    All(Vec<usize>),
    /// Of what has a value.
    AllSettled(Vec<usize>),
    Any(Vec<usize>),
    /// Of what ends alike.
    Race(Vec<usize>),
    /// A foreign thread resolves it; in the other case fails it.
    Resolver(bool),
    /// A function that awaits something, which settles, resolves it.
    Relay(usize),
}

/// What a function does.
#[derive(Clone, Debug)]
enum Step {
    Await(usize),
    /// With a deadline that passes.
    Briefly(usize),
    /// With a deadline that does not, for what settles.
    Patiently(usize),
    All(Vec<usize>),
    Any(Vec<usize>),
    Race(Vec<usize>),
    Tuple(usize, usize),
    AsCompleted(Vec<usize>),
    /// In a child of a scope, which is joined.
    InScope(usize),
}

#[derive(Clone, Debug)]
struct Graph {
    nodes: Vec<Node>,
}

/// What a graph is made of.
#[derive(Clone, Copy)]
struct Mix {
    executions: u64,
    combinators: u64,
    /// Whether some fail by themselves.
    fail: bool,
    /// Whether some await with a deadline.
    timed: bool,
}

// The graphs.

fn some(random: &mut Random, n: usize) -> Vec<usize> {
    let many = 1 + random.below(3);
    (0..many).map(|_| random.below(n as u64) as usize).collect()
}

fn step(random: &mut Random, n: usize, mix: Mix) -> Step {
    let one = random.below(n as u64) as usize;
    match random.below(if mix.timed { 16 } else { 14 }) {
        0..=5 => Step::Await(one),
        6..=7 => Step::All(some(random, n)),
        8..=9 => Step::Any(some(random, n)),
        10 => Step::Race(some(random, n)),
        11 => Step::Tuple(one, random.below(n as u64) as usize),
        12 => Step::AsCompleted(some(random, n)),
        13 => Step::InScope(one),
        14 => Step::Briefly(one),
        _ => Step::Patiently(one),
    }
}

impl Graph {
    /// Functions first, which may await anything; then what depends on earlier ones.
    fn random(random: &mut Random, mix: Mix) -> Graph {
        let executions = 2 + random.below(mix.executions - 1) as usize;
        let resolvers = random.below(3) as usize;
        let combinators = random.below(mix.combinators + 1) as usize;
        let n = executions + resolvers + combinators;
        let mut nodes = Vec::with_capacity(n);
        for _ in 0..executions {
            let steps = (0..random.below(3)).map(|_| step(random, n, mix)).collect();
            nodes.push(match random.below(10) {
                0 if mix.fail => Node::Panics(steps),
                1 | 2 => Node::Flattens(steps, random.below(n as u64) as usize),
                _ => Node::Runs(steps),
            });
        }
        for at in executions..executions + resolvers {
            nodes.push(match random.once_in(3) {
                true => Node::Relay(random.below(at as u64) as usize),
                false => Node::Resolver(!(mix.fail && random.once_in(3))),
            });
        }
        for at in executions + resolvers..n {
            let inputs = some(random, at);
            nodes.push(match random.below(7) {
                0 | 1 => Node::All(inputs),
                2 | 3 => Node::Any(inputs),
                4 => Node::Race(inputs),
                5 => {
                    let steps = (0..random.below(2)).map(|_| step(random, n, mix)).collect();
                    Node::Then(inputs[0], steps)
                }
                _ => Node::AllSettled(inputs),
            });
        }
        let mut graph = Graph { nodes };
        while graph.decide() {}
        graph
    }

    /// Replaces what the oracle, or the runtime, cannot decide. True if there was any.
    fn decide(&mut self) -> bool {
        let Oracle { has_value, settles, .. } = Oracle::of(self);
        let alike = |of: &[usize]| {
            let ends = |at: usize| (has_value[at], settles[at]);
            of.iter().all(|&at| ends(at) == ends(of[0]))
        };
        let mut changed = false;
        for node in &mut self.nodes {
            let instead = match node {
                Node::Race(of) if !alike(of) => Node::Any(of.clone()),
                Node::AllSettled(of) if !all(&has_value, of) => Node::All(of.clone()),
                Node::Relay(on) if !settles[*on] => Node::Resolver(true),
                _ => {
                    changed |= decide_steps(node.steps_mut(), &settles, alike);
                    continue;
                }
            };
            *node = instead;
            changed = true;
        }
        changed
    }
}

fn decide_steps(steps: &mut [Step], settles: &Known, alike: impl Fn(&[usize]) -> bool) -> bool {
    let mut changed = false;
    for step in steps {
        let instead = match step {
            Step::Race(of) if !alike(of) => Step::Any(of.clone()),
            Step::Patiently(one) if !settles[*one] => Step::Briefly(*one),
            _ => continue,
        };
        *step = instead;
        changed = true;
    }
    changed
}

// The oracle.

#[derive(Default)]
struct Oracle {
    has_value: Vec<bool>,
    settles: Vec<bool>,
    /// Whether something that fails by itself is in reach.
    sees_failure: Vec<bool>,
}

/// What is known of the promises so far.
type Known = Vec<bool>;

impl Oracle {
    fn of(graph: &Graph) -> Oracle {
        let n = graph.nodes.len();
        let mut has_value = vec![false; n];
        repeat(&mut has_value, |known, at| graph.nodes[at].has_value(known));
        let mut settles = vec![false; n];
        repeat(&mut settles, |known, at| graph.nodes[at].settles(known, &has_value));
        let mut sees_failure = vec![false; n];
        repeat(&mut sees_failure, |known, at| {
            let node = &graph.nodes[at];
            matches!(node, Node::Panics(_) | Node::Resolver(false))
                || node.reaches().iter().any(|&next| known[next])
        });
        Oracle { has_value, settles, sees_failure }
    }
}

/// Applies the rule to all until nothing changes.
fn repeat(known: &mut Known, rule: impl Fn(&Known, usize) -> bool) {
    loop {
        let mut changed = false;
        for at in 0..known.len() {
            if !known[at] && rule(known, at) {
                known[at] = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

fn all(known: &Known, of: &[usize]) -> bool {
    of.iter().all(|&at| known[at])
}

fn any(known: &Known, of: &[usize]) -> bool {
    of.iter().any(|&at| known[at])
}

impl Node {
    fn has_value(&self, values: &Known) -> bool {
        let steps = |steps: &[Step]| steps.iter().all(|step| step.has_value(values));
        match self {
            Node::Runs(list) => steps(list),
            Node::Panics(_) => false,
            Node::Flattens(list, inner) => steps(list) && values[*inner],
            Node::Then(first, list) => values[*first] && steps(list),
            Node::All(of) | Node::AllSettled(of) => all(values, of),
            Node::Any(of) | Node::Race(of) => any(values, of),
            Node::Resolver(resolved) => *resolved,
            Node::Relay(on) => values[*on],
        }
    }

    fn settles(&self, settled: &Known, values: &Known) -> bool {
        let steps = |steps: &[Step]| steps_settle(steps, settled, values);
        match self {
            Node::Runs(list) | Node::Panics(list) => steps(list).is_some(),
            Node::Flattens(list, inner) => {
                steps(list).is_some_and(|go_on| !go_on || settled[*inner])
            }
            Node::Then(first, list) => {
                settled[*first] && (!values[*first] || steps(list).is_some())
            }
            Node::All(of) | Node::AllSettled(of) => all(settled, of),
            Node::Any(of) | Node::Race(of) => any(values, of) || all(settled, of),
            Node::Resolver(_) => true,
            Node::Relay(on) => settled[*on],
        }
    }

    fn steps(&self) -> &[Step] {
        match self {
            Node::Runs(steps)
            | Node::Panics(steps)
            | Node::Flattens(steps, _)
            | Node::Then(_, steps) => steps,
            _ => &[],
        }
    }

    fn steps_mut(&mut self) -> &mut [Step] {
        match self {
            Node::Runs(steps)
            | Node::Panics(steps)
            | Node::Flattens(steps, _)
            | Node::Then(_, steps) => steps,
            _ => &mut [],
        }
    }

    fn reaches(&self) -> Vec<usize> {
        let mut reached: Vec<_> = self.steps().iter().flat_map(Step::reaches).collect();
        match self {
            Node::Flattens(_, one) | Node::Then(one, _) | Node::Relay(one) => reached.push(*one),
            Node::All(of) | Node::AllSettled(of) | Node::Any(of) | Node::Race(of) => {
                reached.extend(of);
            }
            Node::Runs(_) | Node::Panics(_) | Node::Resolver(_) => {}
        }
        reached
    }
}

/// Whether the steps come to an end, and if so, whether that is the last one's.
fn steps_settle(steps: &[Step], settled: &Known, values: &Known) -> Option<bool> {
    for step in steps {
        if !step.settles(settled, values) {
            return None;
        }
        if !step.has_value(values) {
            return Some(false);
        }
    }
    Some(true)
}

impl Step {
    fn has_value(&self, values: &Known) -> bool {
        match self {
            Step::Await(one) | Step::InScope(one) | Step::Patiently(one) => values[*one],
            // Whatever comes of it.
            Step::Briefly(_) => true,
            Step::All(of) | Step::AsCompleted(of) => all(values, of),
            Step::Any(of) | Step::Race(of) => any(values, of),
            Step::Tuple(a, b) => values[*a] && values[*b],
        }
    }

    fn settles(&self, settled: &Known, values: &Known) -> bool {
        match self {
            Step::Await(one) | Step::InScope(one) | Step::Patiently(one) => settled[*one],
            Step::Briefly(_) => true,
            Step::All(of) | Step::AsCompleted(of) => all(settled, of),
            Step::Any(of) | Step::Race(of) => any(values, of) || all(settled, of),
            Step::Tuple(a, b) => settled[*a] && settled[*b],
        }
    }

    fn reaches(&self) -> Vec<usize> {
        match self {
            Step::Await(one) | Step::InScope(one) | Step::Briefly(one) | Step::Patiently(one) => {
                vec![*one]
            }
            Step::All(of) | Step::Any(of) | Step::Race(of) | Step::AsCompleted(of) => of.clone(),
            Step::Tuple(a, b) => vec![*a, *b],
        }
    }
}

// The graph, built and run.

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
fn check(graph: &Graph, random: &mut Random, what: &str) -> bool {
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

/// Whether a deadlock is what the failure began with.
fn leads_to_deadlock(failure: &Failure) -> bool {
    let mut source: Option<&(dyn Error + 'static)> = Some(failure);
    while let Some(error) = source {
        if let Some(all) = error.downcast_ref::<AggregateFailure>() {
            return all.failures().iter().any(leads_to_deadlock);
        }
        source = error.source();
    }
    failure.kind() == FailureKind::Deadlock
}

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
        while !event_loop.snapshot().promises.is_empty() {
            thread::yield_now();
        }
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
