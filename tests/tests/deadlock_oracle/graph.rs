//! Random graphs of promises, of which everything can be decided.

use crate::oracle::{Known, Oracle, all};
use tests::Random;

/// One promise of the graph; others are named by their index.
#[derive(Clone, Debug)]
pub(crate) enum Node {
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
pub(crate) enum Step {
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
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
}

/// What a graph is made of.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    pub(crate) executions: u64,
    pub(crate) combinators: u64,
    /// Whether some fail by themselves.
    pub(crate) fail: bool,
    /// Whether some await with a deadline.
    pub(crate) timed: bool,
}

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
    pub(crate) fn random(random: &mut Random, mix: Mix) -> Graph {
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
