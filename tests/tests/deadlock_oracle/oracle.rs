//! The oracle: what becomes of a graph, by the rules alone.

use crate::graph::{Graph, Node, Step};

#[derive(Default)]
pub(crate) struct Oracle {
    pub(crate) has_value: Vec<bool>,
    pub(crate) settles: Vec<bool>,
    /// Whether something that fails by itself is in reach.
    pub(crate) sees_failure: Vec<bool>,
}

/// What is known of the promises so far.
pub(crate) type Known = Vec<bool>;

impl Oracle {
    pub(crate) fn of(graph: &Graph) -> Oracle {
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

pub(crate) fn all(known: &Known, of: &[usize]) -> bool {
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

    pub(crate) fn steps_mut(&mut self) -> &mut [Step] {
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
