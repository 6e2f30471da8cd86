//! Who waits for whom, as it can be read while it changes.
//!
//! The nodes are cells. What a cell waits for is what its thread is parked for, if it runs on one,
//! or what completes it, if that depends on other promises. Everything else goes on by itself: a
//! callee that is queued or computes, a promise whose resolver somebody holds, a wait with a
//! deadline.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::cell::Task;
use crate::execution::Id;
use crate::threads::waiter::Waiter;

/// What one cell waits for.
pub(super) struct Node {
    pub(super) task: Arc<dyn Task>,
    waits: Waits,
}

enum Waits {
    /// It goes on, or is completed.
    No,
    /// In the thread's wait number so and so.
    OnThread(Arc<Waiter>, u64, Arc<dyn Task>),
    ForAll(Vec<Arc<dyn Task>>),
    ForAny(Vec<Arc<dyn Task>>),
}

impl Node {
    fn read(task: &Arc<dyn Task>) -> Node {
        Node { task: Arc::clone(task), waits: Waits::read(task) }
    }

    /// The thread that it runs on, if that is parked, and in which of its waits.
    pub(super) fn thread(&self) -> Option<(&Arc<Waiter>, u64)> {
        match &self.waits {
            Waits::OnThread(waiter, turn, _) => Some((waiter, *turn)),
            _ => None,
        }
    }

    fn is_on(&self, thread: &Arc<Waiter>) -> bool {
        self.thread().is_some_and(|(waiter, _)| Arc::ptr_eq(waiter, thread))
    }
}

impl Waits {
    fn read(task: &Arc<dyn Task>) -> Waits {
        if task.is_completed() {
            return Waits::No;
        }
        let header = task.header();
        if header.invoked() {
            let Some(waiter) = task.where_it_runs() else { return Waits::No };
            let (turn, on) = waiter.look(|parked| (parked.turn, parked.on.clone()));
            return on.map_or(Waits::No, |on| Waits::OnThread(waiter, turn, on.task));
        }
        // Without a link somebody holds its resolver; without inputs it is being completed.
        let Some(link) = task.depends() else { return Waits::No };
        let inputs = link.inputs();
        match (inputs.pending.is_empty(), inputs.any) {
            (true, _) => Waits::No,
            (false, true) => Waits::ForAny(inputs.pending),
            (false, false) => Waits::ForAll(inputs.pending),
        }
    }

    fn on(&self) -> &[Arc<dyn Task>] {
        match self {
            Waits::No => &[],
            Waits::OnThread(_, _, task) => std::slice::from_ref(task),
            Waits::ForAll(tasks) | Waits::ForAny(tasks) => tasks,
        }
    }

    fn is_same(&self, other: &Waits) -> bool {
        let ids =
            |waits: &Waits| waits.on().iter().map(|task| task.header().id).collect::<Vec<_>>();
        match (self, other) {
            (Waits::No, Waits::No) => true,
            (Waits::OnThread(a, turn, _), Waits::OnThread(b, other, _)) => {
                Arc::ptr_eq(a, b) && turn == other
            }
            (Waits::ForAll(_), Waits::ForAll(_)) | (Waits::ForAny(_), Waits::ForAny(_)) => {
                ids(self) == ids(other)
            }
            _ => false,
        }
    }
}

/// Whether the cell waits for nobody.
pub(crate) fn goes_on(task: &Arc<dyn Task>) -> bool {
    matches!(Waits::read(task), Waits::No)
}

/// Whether a circle through the thread's await of `task` is possible.
pub(super) fn may_be_circle(thread: &Arc<Waiter>, task: &Arc<dyn Task>) -> bool {
    meet(task, || levels(thread), |node| node.is_on(thread))
}

/// Whether a circle through `promise`, which has come to wait for `on`, is possible.
pub(super) fn may_close(promise: &Arc<dyn Task>, on: &Arc<dyn Task>) -> bool {
    meet(on, || vec![Arc::clone(promise)], |node| Arc::ptr_eq(&node.task, promise))
}

/// Whether there is a way from `task` to one of `ends`: walks from the promise to what it waits
/// for, and from the ends to those who wait for them, by turns, and stops when one side comes to an
/// end. So a long chain costs little, from whichever end it grows.
fn meet(
    task: &Arc<dyn Task>,
    ends: impl FnOnce() -> Vec<Arc<dyn Task>>,
    is_end: impl Fn(&Node) -> bool,
) -> bool {
    let mut forward = VecDeque::from([Arc::clone(task)]);
    let mut ahead = HashSet::from([task.header().id]);
    let mut backward: VecDeque<Arc<dyn Task>> = VecDeque::new();
    let mut behind: HashSet<Id> = HashSet::new();
    let mut ends = Some(ends);
    loop {
        let Some(task) = forward.pop_front() else { return false };
        let node = Node::read(&task);
        if is_end(&node) {
            return true;
        }
        for next in node.waits.on() {
            if ahead.insert(next.header().id) {
                forward.push_back(Arc::clone(next));
            }
        }
        if forward.is_empty() {
            return false;
        }
        if let Some(ends) = ends.take() {
            backward.extend(ends());
        }
        let Some(task) = backward.pop_front() else { return false };
        if ahead.contains(&task.header().id) {
            return true;
        }
        let (threads, links) = task.awaiters();
        let waiting = threads.iter().flat_map(levels);
        let targets = links.iter().filter_map(|link| link.target());
        for next in waiting.chain(targets) {
            if behind.insert(next.header().id) {
                backward.push_back(next);
            }
        }
    }
}

/// The invocations on the thread's stack.
fn levels(thread: &Arc<Waiter>) -> Vec<Arc<dyn Task>> {
    thread.look(|parked| parked.levels.iter().filter_map(|level| level.task.upgrade()).collect())
}

/// The threads that await a promise, or one that depends on it.
pub(super) fn awaiting(promise: &Arc<dyn Task>) -> Vec<Arc<Waiter>> {
    let mut waiting = Vec::new();
    let mut promises = vec![Arc::clone(promise)];
    let mut seen = HashSet::new();
    while let Some(promise) = promises.pop() {
        let (threads, links) = promise.awaiters();
        waiting.extend(threads);
        for target in links.iter().filter_map(|link| link.target()) {
            if seen.insert(target.header().id) {
                promises.push(target);
            }
        }
    }
    waiting
}

/// All that a promise waits for, directly or not.
pub(super) struct Graph {
    /// The promise first.
    nodes: Vec<Node>,
    index: HashMap<Id, usize>,
    /// Whether a node will be completed, or may be.
    goes_on: Vec<bool>,
}

impl Graph {
    pub(super) fn read(task: &Arc<dyn Task>) -> Graph {
        let mut index = HashMap::from([(task.header().id, 0)]);
        let mut nodes = vec![Node::read(task)];
        let mut next = 0;
        while next < nodes.len() {
            let on = nodes[next].waits.on().to_vec();
            for task in on {
                index.entry(task.header().id).or_insert_with(|| {
                    nodes.push(Node::read(&task));
                    nodes.len() - 1
                });
            }
            next += 1;
        }
        let mut graph = Graph { goes_on: vec![false; nodes.len()], nodes, index };
        graph.spread();
        graph
    }

    /// Finds out who goes on: who waits for nobody, for all of whom that is true, or for any.
    fn spread(&mut self) {
        let mut missing: Vec<usize> = Vec::with_capacity(self.nodes.len());
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        let mut ready = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            let on = node.waits.on();
            missing.push(if matches!(node.waits, Waits::ForAny(_)) { 1 } else { on.len() });
            if on.is_empty() {
                ready.push(at);
            }
            for task in on {
                waiting[self.index[&task.header().id]].push(at);
            }
        }
        while let Some(at) = ready.pop() {
            self.goes_on[at] = true;
            for &next in &waiting[at] {
                missing[next] = missing[next].saturating_sub(1);
                if missing[next] == 0 && !self.goes_on[next] {
                    self.goes_on[next] = true;
                    ready.push(next);
                }
            }
        }
    }

    /// Whether the promise may be completed.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on[0]
    }

    /// Whether all that is stuck is in the same wait as when it was read.
    pub(super) fn is_still_the_same(&self) -> bool {
        let mut stuck = self.nodes.iter().zip(&self.goes_on).filter(|(_, goes_on)| !**goes_on);
        stuck.all(|(node, _)| node.waits.is_same(&Waits::read(&node.task)))
    }

    /// The way from the promise to an execution of the thread, by what is stuck.
    pub(super) fn path_to(&self, thread: &Arc<Waiter>) -> Option<Vec<&Node>> {
        let mut from: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut next = VecDeque::from([0]);
        let mut seen = vec![false; self.nodes.len()];
        seen[0] = true;
        while let Some(at) = next.pop_front() {
            if self.nodes[at].is_on(thread) {
                let way = std::iter::successors(Some(at), |&at| from[at]);
                let mut path: Vec<&Node> = way.map(|at| &self.nodes[at]).collect();
                path.reverse();
                return Some(path);
            }
            for to in self.stuck_after(at) {
                if !seen[to] {
                    seen[to] = true;
                    from[to] = Some(at);
                    next.push_back(to);
                }
            }
        }
        None
    }

    /// Whether the promise waits for itself through promises alone, which are stuck.
    pub(super) fn links_back(&self) -> bool {
        let mut next = vec![0];
        let mut seen = vec![false; self.nodes.len()];
        while let Some(at) = next.pop() {
            if self.nodes[at].thread().is_some() {
                continue;
            }
            for to in self.stuck_after(at) {
                if to == 0 {
                    return true;
                }
                if !seen[to] {
                    seen[to] = true;
                    next.push(to);
                }
            }
        }
        false
    }

    fn stuck_after(&self, at: usize) -> impl Iterator<Item = usize> {
        let on = self.nodes[at].waits.on().iter().map(|task| self.index[&task.header().id]);
        on.filter(|&to| !self.goes_on[to])
    }
}
