//! What an entity diagram shows: executions, promises, and who has to do with whom.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::Location;
use std::time::Duration;

use super::facts::{details, is_sleep, on_engine, ran};
use super::{plural, text};
use crate::execution::Id;
use crate::failure::FailureKind;
use crate::grouped::Grouped;
use crate::trace::event::{Kind, Returned};
use crate::trace::recording::Trace;
use crate::trace::run::{Entity, Run, What};

const TITLE: usize = 36;
const VALUE: usize = 24;

/// See the module.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// In the order of the events; none is there twice.
    pub(super) edges: Vec<Edge>,
    /// What is to be said below.
    pub(super) notes: Vec<String>,
}

/// An execution, a promise, or both; or several of the same kind.
pub(super) struct Node {
    pub(super) id: Id,
    pub(super) title: String,
    /// What a durable engine knows it as, or that it runs there.
    pub(super) durable: Option<String>,
    pub(super) execution: bool,
    /// Whether it runs on an engine.
    pub(super) remote: bool,
    pub(super) promise: Option<Promise>,
    /// More about it, a fact a line.
    pub(super) details: String,
    pub(super) started: bool,
}

pub(super) struct Promise {
    pub(super) state: State,
    /// The value, or what became of it.
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Pending,
    Completed,
    Failed,
    Cancelled,
    /// Of several promises, not all have the same.
    Mixed,
}

pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) what: Relation,
    pub(super) count: u64,
    /// Of an await: where it is in the code, the first of them.
    pub(super) place: Option<&'static Location<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// From an execution to the one it invoked.
    Invoke,
    /// From an execution to the promise without a function that it made.
    Create,
    /// From an execution to the promise that it awaited.
    Await(AwaitEnd),
    /// From a promise to the one that depends on it.
    Link,
    /// The same, and it decided that one.
    Settle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum AwaitEnd {
    NotYet,
    With(Returned),
}

impl Relation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Relation::Invoke => "invoke",
            Relation::Create => "create",
            Relation::Await(AwaitEnd::NotYet) => "still awaits",
            Relation::Await(AwaitEnd::With(Returned::Outcome)) => "await",
            Relation::Await(AwaitEnd::With(Returned::TimedOut)) => "await: time is up",
            Relation::Await(AwaitEnd::With(Returned::Cancelled)) => "await: cancelled",
            Relation::Await(AwaitEnd::With(Returned::Deadlock)) => "await: deadlock",
            Relation::Link => "link",
            Relation::Settle => "decides",
        }
    }

    pub(super) fn is_bad(self) -> bool {
        let ends = [Returned::Cancelled, Returned::Deadlock];
        ends.iter().any(|&end| self == Relation::Await(AwaitEnd::With(end)))
    }
}

impl Edge {
    /// What is written on it.
    pub(super) fn label(&self) -> String {
        match self.count {
            1 => String::from(self.what.name()),
            many => format!("{} ×{}", self.what.name(), Grouped(many)),
        }
    }
}

impl Graph {
    /// Of each execution and promise, if they are no more than `most`. Else those that the same
    /// callers invoked, and that run the same function, are one node.
    pub(super) fn of(trace: &Trace, run: &Run, most: usize) -> Graph {
        let groups = Groups::of(run, most);
        let nodes = groups.members.iter().map(|members| node(run, members)).collect();
        let mut graph = Graph { nodes, edges: Vec::new(), notes: Vec::new() };
        let unknown = graph.connect(trace, run, &groups);
        if groups.together {
            let all = Grouped(groups.all);
            graph.notes.push(format!(
                "{all} executions and promises: those of one function for the same callers are one"
            ));
        }
        if groups.left_out > 0 {
            let left_out = Grouped(groups.left_out);
            graph.notes.push(format!("{left_out} of them are not drawn: invoked further down"));
        }
        if unknown > 0 {
            graph.notes.push(format!("{} to what is not drawn", plural(unknown, "relation")));
        }
        let lost = super::lost(trace);
        if lost > 0 {
            graph.notes.push(format!("{} not recorded", plural(lost, "event")));
        }
        graph
    }

    /// Adds the edges. Returns how many had an end that has no node.
    fn connect(&mut self, trace: &Trace, run: &Run, groups: &Groups) -> u64 {
        let mut edges: Vec<(Id, Id, Relation, _)> = Vec::new();
        for entity in run.entities.iter().filter(|it| !is_sleep(it)) {
            if let Some(caller) = entity.caller {
                let made = entity.what == What::Promise;
                let what = if made { Relation::Create } else { Relation::Invoke };
                edges.push((caller, entity.id, what, None));
            }
        }
        let sleeps = |id| run.entity(id).is_some_and(is_sleep);
        for it in run.awaits.iter().filter(|it| !sleeps(it.promise)) {
            let end = it.to.map_or(AwaitEnd::NotYet, |(_, with)| AwaitEnd::With(with));
            edges.push((it.awaiter, it.promise, Relation::Await(end), Some(it.place)));
        }
        let decided: HashSet<(Id, Id)> = trace
            .events()
            .iter()
            .filter_map(|event| match event.kind {
                Kind::Settle { by: Some(by) } => Some((by, event.execution)),
                _ => None,
            })
            .collect();
        for event in trace.events() {
            if let Kind::Link { to } = event.kind {
                let decides = decided.contains(&(event.execution, to));
                let what = if decides { Relation::Settle } else { Relation::Link };
                edges.push((event.execution, to, what, None));
            }
        }
        let mut index = HashMap::new();
        let mut unknown = 0;
        for (from, to, what, place) in edges {
            let (Some(&from), Some(&to)) = (groups.of.get(&from), groups.of.get(&to)) else {
                unknown += 1;
                continue;
            };
            let at = *index.entry((from, to, what)).or_insert(self.edges.len());
            match self.edges.get_mut(at) {
                Some(edge) => edge.count += 1,
                None => self.edges.push(Edge { from, to, what, count: 1, place }),
            }
        }
        unknown
    }
}

/// Which entities are one node.
struct Groups {
    members: Vec<Vec<usize>>,
    of: HashMap<Id, usize>,
    together: bool,
    all: u64,
    left_out: u64,
}

impl Groups {
    fn of(run: &Run, most: usize) -> Groups {
        let shown = |&n: &usize| !is_sleep(&run.entities[n]);
        let all = (0..run.entities.len()).filter(shown).count();
        let mut groups = Groups {
            members: Vec::new(),
            of: HashMap::new(),
            together: all > most,
            all: all as u64,
            left_out: 0,
        };
        if !groups.together {
            (0..run.entities.len()).filter(shown).for_each(|n| groups.add(run, vec![n]));
            return groups;
        }
        let mut children: HashMap<Id, Vec<usize>> = HashMap::new();
        let mut roots = Vec::new();
        for n in (0..run.entities.len()).filter(shown) {
            let entity = &run.entities[n];
            match entity.caller.filter(|&caller| run.entity(caller).is_some()) {
                Some(caller) => children.entry(caller).or_default().push(n),
                None => roots.push(n),
            }
        }
        let mut next = VecDeque::from([roots]);
        while let Some(siblings) = next.pop_front() {
            for members in by_function(run, siblings) {
                if groups.members.len() == most {
                    continue;
                }
                let of = |&n: &usize| children.get(&run.entities[n].id).into_iter().flatten();
                next.push_back(members.iter().flat_map(of).copied().collect());
                groups.add(run, members);
            }
        }
        groups.left_out = (all - groups.of.len()) as u64;
        groups
    }

    fn add(&mut self, run: &Run, members: Vec<usize>) {
        self.of.extend(members.iter().map(|&n| (run.entities[n].id, self.members.len())));
        self.members.push(members);
    }
}

/// In the order in which each function is first there.
fn by_function(run: &Run, siblings: Vec<usize>) -> Vec<Vec<usize>> {
    let mut index = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for n in siblings {
        let entity = &run.entities[n];
        let key = (entity.what as u8, entity.site.function());
        let at = *index.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(n),
            None => groups.push(vec![n]),
        }
    }
    groups
}

fn node(run: &Run, members: &[usize]) -> Node {
    let first = &run.entities[members[0]];
    let entities = || members.iter().map(|&n| &run.entities[n]);
    let (title, details) = match members.len() {
        1 => (text::title(run, first.id, TITLE), details(run, first)),
        many => {
            let title = text::line(first.site.function(), TITLE);
            let last = &run.entities[members[many - 1]];
            let ran: Duration = entities().map(ran).sum();
            let details = format!("{} to {}\ntogether {ran:.1?}", first.id, last.id);
            (format!("{title} ×{}", Grouped(many as u64)), details)
        }
    };
    let remote = first.what == What::Remote;
    let durable = match members.len() {
        1 => on_engine(first),
        _ => remote.then(|| "on the engine".into()),
    };
    Node {
        id: first.id,
        title,
        durable,
        remote,
        execution: first.what != What::Promise,
        promise: (first.what != What::Root).then(|| promise(entities())),
        details,
        started: entities().any(|it| it.what == What::Root || !it.starts.is_empty()),
    }
}

fn promise<'a>(entities: impl Iterator<Item = &'a Entity>) -> Promise {
    let promises: Vec<_> = entities.map(|it| (state(it), it)).collect();
    if let [(state, it)] = promises[..] {
        let text = match it.end.as_ref().map(|end| &end.with) {
            Some(Ok(value)) => text::value(value.as_ref(), VALUE).unwrap_or("completed".into()),
            Some(Err(_)) if state == State::Cancelled => "cancelled".into(),
            Some(Err((kind, _))) => format!("{kind:?}").to_lowercase(),
            None if state == State::Cancelled => "pending, cancelled".into(),
            None => "pending".into(),
        };
        return Promise { state, text };
    }
    let mut state = promises[0].0;
    let mut parts = Vec::new();
    for (one, name) in [
        (State::Completed, "completed"),
        (State::Failed, "failed"),
        (State::Cancelled, "cancelled"),
        (State::Pending, "pending"),
    ] {
        match promises.iter().filter(|(state, _)| *state == one).count() as u64 {
            0 => {}
            count => parts.push(format!("{} {name}", Grouped(count))),
        }
    }
    if parts.len() > 1 {
        state = State::Mixed;
    }
    Promise { state, text: parts.join(", ") }
}

fn state(entity: &Entity) -> State {
    match entity.end.as_ref().map(|end| &end.with) {
        Some(Ok(_)) => State::Completed,
        Some(Err((FailureKind::Cancelled, _))) => State::Cancelled,
        Some(Err(_)) => State::Failed,
        None if entity.cancelled => State::Cancelled,
        None => State::Pending,
    }
}
