//! A state as a tree: who invoked whom. What looks the same is shown a few times and counted.
//!
//! Nothing here is recursive, and each promise is looked at a fixed number of times: a chain of a
//! million invocations prints like one of ten.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::line::Line;
use super::{Invocation, State, Status};
use crate::execution::Id;
use crate::grouped::Grouped;

/// Siblings that look the same are all shown up to so many,
const FEW: usize = 5;
/// and of more this many, as of a chain.
const SHOWN: usize = 3;
/// Invocations deeper than this are not indented any further, and name their caller.
const DEEPEST: usize = 20;

pub(super) struct Tree<'a> {
    state: &'a State,
    /// By id, so that a callee comes after its caller.
    nodes: Vec<Node<'a>>,
    /// Those that no promise represents.
    roots: Vec<usize>,
}

struct Node<'a> {
    id: Id,
    /// None of a root.
    invocation: Option<&'a Invocation>,
    children: Vec<usize>,
    /// A hash of its line, but for ids and times.
    look: u64,
    /// A hash of its look and those of all below it.
    shape: u64,
    /// How many more of its look follow, each the only child of the one before,
    alike: usize,
    /// and which is the last of these.
    last: usize,
}

/// What one line is about.
enum Item {
    Node {
        at: usize,
        /// How many of its look lead to it, each the only parent of the next.
        alike: usize,
        name_caller: bool,
    },
    /// So many siblings that look like the one with that id, as do those below them.
    Siblings(usize, Id),
    /// So many, each the only child of the one before, and what comes then.
    Chain(usize, Id, usize),
}

impl<'a> Tree<'a> {
    pub(super) fn of(state: &'a State) -> Tree<'a> {
        let callers = state.invocations.values().filter_map(|invocation| invocation.caller);
        let ids = state.invocations.keys().chain(state.waits.keys()).copied();
        let mut ids: Vec<Id> = ids.chain(callers).collect();
        ids.sort_unstable();
        ids.dedup();
        let node = |id: &Id| Node {
            id: *id,
            invocation: state.invocations.get(id),
            children: Vec::new(),
            look: 0,
            shape: 0,
            alike: 0,
            last: 0,
        };
        let mut nodes: Vec<Node<'a>> = ids.iter().map(node).collect();
        let mut roots = Vec::new();
        for at in 0..nodes.len() {
            let caller = nodes[at].invocation.and_then(|invocation| invocation.caller);
            match caller.and_then(|caller| ids.binary_search(&caller).ok()) {
                Some(caller) => nodes[caller].children.push(at),
                None => roots.push(at),
            }
        }
        let mut tree = Tree { state, nodes, roots };
        (0..ids.len()).rev().for_each(|at| tree.compare(at));
        tree
    }

    /// Sets what the node looks like; those below it are done.
    fn compare(&mut self, at: usize) {
        let look = self.look(&self.nodes[at]);
        let mut shape = DefaultHasher::new();
        look.hash(&mut shape);
        for &child in &self.nodes[at].children {
            self.nodes[child].shape.hash(&mut shape);
        }
        let (alike, last) = match self.nodes[at].children[..] {
            [child] if self.nodes[child].look == look => {
                (self.nodes[child].alike + 1, self.nodes[child].last)
            }
            _ => (0, at),
        };
        let shape = shape.finish();
        let node = &mut self.nodes[at];
        (node.look, node.shape, node.alike, node.last) = (look, shape, alike, last);
    }

    fn look(&self, node: &Node<'_>) -> u64 {
        let call = |invocation: &Invocation| (invocation.name, invocation.file, invocation.line);
        let mut look = DefaultHasher::new();
        node.invocation.map(call).hash(&mut look);
        self.state.roots.get(&node.id).hash(&mut look);
        let status = self.state.promises.get(&node.id);
        status.map(std::mem::discriminant).hash(&mut look);
        if let Some(Status::Failed(failure)) = status {
            (failure.kind(), failure.message()).hash(&mut look);
        }
        for wait in self.state.waits.get(&node.id).into_iter().flatten() {
            (wait.lends, wait.since.is_some()).hash(&mut look);
            // What many await is told apart from other promises. One's own is not.
            let many = self.state.awaiters.get(&wait.promise).is_none_or(|by| by.len() > 1);
            many.then_some(wait.promise).hash(&mut look);
            self.state.invocations.get(&wait.promise).map(call).hash(&mut look);
        }
        look.finish()
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nodes.is_empty() {
            return f.write_str("no promises");
        }
        let mut indent = String::new();
        // What is left to show of each level, the next one last; and its indentation.
        let mut levels = vec![(self.siblings(&self.roots, 0, false), 0)];
        let mut first = true;
        while let Some((items, indented)) = levels.last_mut() {
            indent.truncate(*indented);
            let Some(item) = items.pop() else {
                levels.pop();
                continue;
            };
            if !std::mem::take(&mut first) {
                writeln!(f)?;
            }
            let depth = levels.len();
            let flat = depth > DEEPEST;
            let below = self.below(&item, flat);
            let (items, _) = levels.last_mut().expect("just seen");
            // Without more indentation, what is below comes next at this level.
            let is_last = items.is_empty() && (below.is_empty() || !flat);
            f.write_str(&indent)?;
            if depth > 1 {
                f.write_str(if is_last { "└─ " } else { "├─ " })?;
            }
            self.write_item(&item, f)?;
            if flat {
                items.extend(below);
            } else if !below.is_empty() {
                if depth > 1 {
                    indent.push_str(if is_last { "   " } else { "│  " });
                }
                levels.push((below, indent.len()));
            }
        }
        Ok(())
    }

    fn write_item(&self, item: &Item, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *item {
            Item::Node { at, name_caller, .. } => {
                let Node { id, invocation, .. } = self.nodes[at];
                write!(f, "{}", Line { state: self.state, id, invocation, name_caller })
            }
            Item::Siblings(count, id) => {
                write!(f, "... and {} more like {id}", Grouped(count as u64))
            }
            Item::Chain(count, id, _) => {
                let count = Grouped(count as u64);
                write!(f, "... and {count} more like {id}, each invoked by the one before")
            }
        }
    }

    /// What comes below an item, the next one last.
    fn below(&self, item: &Item, name_caller: bool) -> Vec<Item> {
        match *item {
            Item::Node { at, alike, .. } => {
                let node = &self.nodes[at];
                if node.alike == 0 {
                    return self.siblings(&node.children, 0, name_caller);
                }
                if alike + 1 >= SHOWN && node.alike > FEW {
                    return vec![Item::Chain(node.alike - 1, node.id, node.last)];
                }
                self.siblings(&node.children, alike + 1, name_caller)
            }
            Item::Siblings(..) => Vec::new(),
            Item::Chain(.., at) => vec![Item::Node { at, alike: 0, name_caller }],
        }
    }

    /// These nodes, the first one last; of those that look the same, a few and how many more.
    fn siblings(&self, nodes: &[usize], alike: usize, name_caller: bool) -> Vec<Item> {
        /// Of one shape.
        struct Group {
            size: usize,
            seen: usize,
            first: Id,
        }
        let mut groups: HashMap<u64, Group> = HashMap::new();
        for &at in nodes {
            let Node { id, shape, .. } = self.nodes[at];
            groups.entry(shape).or_insert(Group { size: 0, seen: 0, first: id }).size += 1;
        }
        let mut items = Vec::new();
        for &at in nodes {
            let group = groups.get_mut(&self.nodes[at].shape).expect("just counted");
            group.seen += 1;
            if group.size <= FEW || group.seen <= SHOWN {
                items.push(Item::Node { at, alike, name_caller });
            } else if group.seen == SHOWN + 1 {
                items.push(Item::Siblings(group.size - SHOWN, group.first));
            }
        }
        items.reverse();
        items
    }
}
