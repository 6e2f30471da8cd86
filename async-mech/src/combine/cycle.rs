//! Whether a promise that has been linked to another one is linked to itself.
//!
//! Only `flatten` gives a promise an input after it was made, so only there a cycle can close. Each
//! makes its new edge visible before it searches: of two that close a cycle together, at least one
//! finds it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::cell::Task;
use crate::execution::Id;

/// Whether `inner`, which `target` now waits for, waits for `target`, so that neither completes.
///
/// Follows links alone: a callee may do anything.
pub(super) fn closes(target: &Arc<dyn Task>, inner: &Arc<dyn Task>) -> bool {
    is(target, inner) || reaches(inner, target) && is_stuck(inner, target)
}

fn is(one: &Arc<dyn Task>, other: &Arc<dyn Task>) -> bool {
    one.header().id == other.header().id
}

/// Steps back from the target before the first step towards it.
const AHEAD: usize = 64;

/// Whether there is a way from `inner` to `target`.
///
/// Looks from both ends at once, and is done with the shorter side: a chain that grows by one link
/// at either end is not walked through each time.
fn reaches(inner: &Arc<dyn Task>, target: &Arc<dyn Task>) -> bool {
    let mut onward = Walk::from(inner);
    let mut back = Walk::from(target);
    loop {
        let step = if back.work <= onward.work + AHEAD {
            back.step(target_of_links, inner)
        } else {
            onward.step(inputs_of, target)
        };
        match step {
            Step::On => {}
            Step::Arrived => return true,
            Step::Exhausted => return false,
        }
    }
}

/// The promises that links complete once this one is completed.
fn target_of_links(task: &Arc<dyn Task>) -> Vec<Arc<dyn Task>> {
    let (_, links) = task.awaiters();
    links.iter().filter_map(|link| link.target()).collect()
}

fn inputs_of(task: &Arc<dyn Task>) -> Vec<Arc<dyn Task>> {
    task.header().link().map_or(Vec::new(), |link| link.inputs().pending)
}

/// A search through one direction's edges.
struct Walk {
    seen: HashSet<Id>,
    next: Vec<Arc<dyn Task>>,
    /// Edges followed.
    work: usize,
}

enum Step {
    On,
    Arrived,
    Exhausted,
}

impl Walk {
    fn from(start: &Arc<dyn Task>) -> Walk {
        Walk { seen: HashSet::new(), next: vec![Arc::clone(start)], work: 0 }
    }

    fn step(
        &mut self,
        edges: impl Fn(&Arc<dyn Task>) -> Vec<Arc<dyn Task>>,
        goal: &Arc<dyn Task>,
    ) -> Step {
        let Some(task) = self.next.pop() else { return Step::Exhausted };
        let found = edges(&task);
        self.work += 1 + found.len();
        if found.iter().any(|task| is(task, goal)) {
            return Step::Arrived;
        }
        self.next.extend(found.into_iter().filter(|task| self.seen.insert(task.header().id)));
        Step::On
    }
}

/// A promise on the way to the target.
struct Node {
    task: Arc<dyn Task>,
    /// Those that wait for it.
    awaited_by: Vec<usize>,
    /// How many of its inputs must be stuck for it to be: one, or all if any is enough.
    needs: usize,
}

/// Whether `inner` cannot complete before `target` does. A way through `any` or `race` does not
/// suffice: another input may complete those.
fn is_stuck(inner: &Arc<dyn Task>, target: &Arc<dyn Task>) -> bool {
    loop {
        let mut nodes = nodes_below(inner, target);
        let mut stuck: Vec<usize> =
            (0..nodes.len()).filter(|&node| is(&nodes[node].task, target)).collect();
        let mut looked_at = 0;
        while let Some(&node) = stuck.get(looked_at) {
            looked_at += 1;
            for above in std::mem::take(&mut nodes[node].awaited_by) {
                nodes[above].needs -= 1;
                if nodes[above].needs == 0 {
                    stuck.push(above);
                }
            }
        }
        // `inner` is the first node.
        if !stuck.contains(&0) {
            return false;
        }
        // Seen one after the other, the edges are there at once only if all that they lead from and
        // to is still pending. Else look again: something has moved.
        if stuck.iter().all(|&node| !nodes[node].task.is_completed()) {
            return true;
        }
    }
}

fn nodes_below(inner: &Arc<dyn Task>, target: &Arc<dyn Task>) -> Vec<Node> {
    let node = |task: &Arc<dyn Task>| Node {
        task: Arc::clone(task),
        awaited_by: Vec::new(),
        needs: usize::MAX,
    };
    let mut nodes = vec![node(inner)];
    let mut indexes = HashMap::from([(inner.header().id, 0)]);
    let mut next = 0;
    while next < nodes.len() {
        let task = Arc::clone(&nodes[next].task);
        let link = task.header().link().filter(|_| !is(&task, target));
        if let Some(link) = link {
            let inputs = link.inputs();
            nodes[next].needs = if inputs.any { inputs.pending.len() } else { 1 };
            for input in &inputs.pending {
                let index = *indexes.entry(input.header().id).or_insert(nodes.len());
                if index == nodes.len() {
                    nodes.push(node(input));
                }
                nodes[index].awaited_by.push(next);
            }
        }
        next += 1;
    }
    nodes
}
