//! Whether a promise that has been linked to another one is linked to itself.
//!
//! Only `flatten` gives a promise an input after it was made, and only `any` comes to need an input
//! that it could do without before, so only there a cycle can close. Each makes its new edge visible
//! before it searches: of two that close a cycle together, at least one finds it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cell::Task;

/// What the promise fails with.
pub(super) const LINKED_TO_ITSELF: &str = "it was linked to itself: the promise it is to complete \
                                           as waits for it";

fn is(one: &Arc<dyn Task>, other: &Arc<dyn Task>) -> bool {
    one.header().id == other.header().id
}

/// A promise on the way to the target.
struct Node {
    task: Arc<dyn Task>,
    /// Those that wait for it.
    awaited_by: Vec<usize>,
    /// How many of its inputs must be stuck for it to be: one, or all if any is enough.
    needs: usize,
}

/// Whether `inner`, which `target` now waits for, cannot complete before `target` does. A way
/// through `any` or `race` does not suffice: another input may complete those.
///
/// Follows links alone: a callee may do anything.
pub(super) fn closes(target: &Arc<dyn Task>, inner: &Arc<dyn Task>) -> bool {
    loop {
        let mut nodes = nodes_below(inner, target);
        let mut stuck: Vec<usize> =
            (0..nodes.len()).filter(|&node| is(&nodes[node].task, target)).collect();
        let mut looked_at = 0;
        while let Some(&node) = stuck.get(looked_at) {
            looked_at += 1;
            for above in std::mem::take(&mut nodes[node].awaited_by) {
                let needs = &mut nodes[above].needs;
                if *needs == 1 {
                    stuck.push(above);
                }
                *needs = needs.saturating_sub(1);
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
