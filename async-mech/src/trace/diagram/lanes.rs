//! What a timeline shows: of each thread what it ran, and of each execution when it did what.

use std::collections::HashMap;
use std::time::Duration;

use super::facts::{details, on_engine};
use super::{plural, text};
use crate::execution::Id;
use crate::trace::recording::Trace;
use crate::trace::run::{Await, Entity, Run, Start, What};

/// Threads beyond are not drawn, nor what is further up on a thread's stack.
const MOST_THREADS: usize = 64;
pub(super) const MOST_LEVELS: usize = 6;
const MOST_INDENT: usize = 8;
const TITLE: usize = 32;

/// See the module.
pub(super) struct Lanes {
    pub(super) threads: Vec<ThreadLane>,
    pub(super) executions: Vec<ExecutionLane>,
    pub(super) from: Duration,
    pub(super) to: Duration,
    /// What is to be said below.
    pub(super) notes: Vec<String>,
}

pub(super) struct ThreadLane {
    pub(super) name: String,
    pub(super) levels: usize,
    pub(super) spans: Vec<ThreadSpan>,
}

/// An execution on the stack of a thread.
pub(super) struct ThreadSpan {
    pub(super) time: Span,
    /// How many are below it: those that lent the thread, one to the next.
    pub(super) level: usize,
    pub(super) title: String,
    pub(super) details: String,
    pub(super) lent: bool,
    pub(super) failed: bool,
    /// When the thread was parked in it.
    pub(super) suspended: Vec<Span>,
}

pub(super) struct ExecutionLane {
    pub(super) title: String,
    pub(super) details: String,
    pub(super) indent: usize,
    pub(super) queued: Option<Span>,
    /// With whether the thread was lent.
    pub(super) ran: Vec<(Span, bool)>,
    pub(super) awaits: Vec<Span>,
    /// Of these: its thread was parked.
    pub(super) suspended: Vec<Span>,
    /// Of these: its thread ran what it awaited.
    pub(super) lends: Vec<Span>,
    /// When an engine had it, and what it says there.
    pub(super) remote: Option<(Span, String)>,
    pub(super) end: Ending,
}

pub(super) enum Ending {
    /// It is a root execution.
    None,
    Value(Option<String>),
    Failed(String),
    NotYet,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

impl Lanes {
    pub(super) fn of(trace: &Trace, run: &Run, most: usize) -> Lanes {
        let facts = Facts::of(trace, run);
        let (executions, left_out) = facts.executions(most);
        let (threads, threads_left_out) = facts.threads();
        let mut notes = Vec::new();
        if left_out > 0 {
            notes.push(format!("{} not drawn: the shortest", plural(left_out, "more execution")));
        }
        if threads_left_out > 0 {
            let more = plural(threads_left_out, "more thread");
            notes.push(format!("{more} not drawn: those that ran least"));
        }
        if threads.iter().any(|thread| thread.levels > MOST_LEVELS) {
            notes.push(format!(
                "of a thread that was lent on and on, {MOST_LEVELS} levels are drawn"
            ));
        }
        let lost = super::lost(trace);
        if lost > 0 {
            notes.push(format!("{} not recorded", plural(lost, "event")));
        }
        Lanes { threads, executions, from: run.from, to: run.to.max(run.from), notes }
    }
}

/// What several lanes need.
struct Facts<'a> {
    run: &'a Run,
    awaits: HashMap<Id, Vec<&'a Await>>,
    /// Of who lent: what ran meanwhile.
    lent: HashMap<Id, Vec<Span>>,
    /// Root executions do not start: on which thread, from their first event to their last.
    roots: HashMap<Id, (usize, Span)>,
}

impl Facts<'_> {
    fn of<'a>(trace: &Trace, run: &'a Run) -> Facts<'a> {
        let mut awaits: HashMap<_, Vec<_>> = HashMap::new();
        for it in &run.awaits {
            awaits.entry(it.awaiter).or_default().push(it);
        }
        let mut lent: HashMap<_, Vec<_>> = HashMap::new();
        for entity in &run.entities {
            for (start, span) in runs(run, entity) {
                if let Some(by) = start.lent_by {
                    lent.entry(by).or_default().push(span);
                }
            }
        }
        let threads: HashMap<_, _> =
            run.threads.iter().enumerate().map(|(n, thread)| (thread.number(), n)).collect();
        let mut roots: HashMap<_, (usize, Span)> = HashMap::new();
        for event in trace.events() {
            let root = run.entity(event.execution).is_some_and(|it| it.what == What::Root);
            if let (true, Some(&thread)) = (root, threads.get(&event.thread.number())) {
                let now = Span { from: event.time, to: event.time };
                roots.entry(event.execution).or_insert((thread, now)).1.to = event.time;
            }
        }
        Facts { run, awaits, lent, roots }
    }

    /// When the execution ran, where, and whether the thread was lent.
    fn runs(&self, entity: &Entity) -> Vec<(usize, Span, bool)> {
        if let Some(&(thread, span)) = self.roots.get(&entity.id) {
            return vec![(thread, span, false)];
        }
        let runs = runs(self.run, entity);
        runs.map(|(start, span)| (start.thread, span, start.lent_by.is_some())).collect()
    }

    fn awaits(&self, id: Id) -> impl Iterator<Item = &Await> {
        self.awaits.get(&id).into_iter().flatten().copied()
    }

    fn suspended(&self, id: Id) -> impl Iterator<Item = Span> {
        let to = self.run.to;
        self.awaits(id).flat_map(move |it| {
            let end = it.to.map_or(to, |(at, _)| at);
            it.suspended.iter().map(move |&(from, to)| Span { from, to: to.unwrap_or(end) })
        })
    }

    fn executions(&self, most: usize) -> (Vec<ExecutionLane>, u64) {
        let order = self.order();
        // Those that took longest.
        let took = |n: usize| {
            let entity = &self.run.entities[n];
            let runs = self.runs(entity);
            let begins = entity.invoked.or(runs.first().map(|run| run.1.from));
            let ends = entity.end.as_ref().map_or(self.run.to, |end| end.at);
            begins.map_or(Duration::ZERO, |begins| ends.saturating_sub(begins))
        };
        let mut drawn: Vec<usize> = (0..order.len()).collect();
        drawn.sort_by_key(|&n| std::cmp::Reverse(took(order[n].0)));
        drawn.truncate(most);
        drawn.sort_unstable();
        let left_out = order.len() - drawn.len();
        (drawn.into_iter().map(|n| self.execution(order[n])).collect(), left_out as u64)
    }

    /// The executions, each after its caller, and how deep.
    fn order(&self) -> Vec<(usize, usize)> {
        let run = self.run;
        let mut children: HashMap<Id, Vec<usize>> = HashMap::new();
        let mut stack = Vec::new();
        let executions = (0..run.entities.len()).rev();
        for n in executions.filter(|&n| run.entities[n].what != What::Promise) {
            let entity = &run.entities[n];
            match entity
                .caller
                .filter(|&id| run.entity(id).is_some_and(|it| it.what != What::Promise))
            {
                Some(caller) => children.entry(caller).or_default().push(n),
                None => stack.push((n, 0)),
            }
        }
        let mut order = Vec::new();
        while let Some((n, depth)) = stack.pop() {
            order.push((n, depth));
            let mine = children.remove(&run.entities[n].id).unwrap_or_default();
            stack.extend(mine.into_iter().map(|child| (child, depth + 1)));
        }
        order
    }

    fn execution(&self, (n, depth): (usize, usize)) -> ExecutionLane {
        let (run, entity) = (self.run, &self.run.entities[n]);
        let ran: Vec<_> = self.runs(entity).iter().map(|&(_, span, lent)| (span, lent)).collect();
        let start = ran.first().map_or(run.to, |(span, _)| span.from);
        let end = entity.end.as_ref().map_or(start, |end| end.at.min(start));
        let mut queued = entity.invoked.map(|from| Span { from, to: end.max(from) });
        let mut remote = None;
        if entity.what == What::Remote {
            let span = queued.take().unwrap_or(Span { from: end, to: end });
            remote = Some((span, on_engine(entity).unwrap_or_default()));
        }
        let whole = |it: &Await| Span { from: it.from, to: it.to.map_or(run.to, |(at, _)| at) };
        let awaits: Vec<_> = self.awaits(entity.id).map(whole).collect();
        let lent = self.lent.get(&entity.id).into_iter().flatten();
        let lends = lent.copied().collect();
        let end = match entity.end.as_ref().map(|end| &end.with) {
            _ if entity.what == What::Root => Ending::None,
            Some(Ok(value)) => Ending::Value(text::value(value.as_ref(), 20)),
            Some(Err((kind, _))) => Ending::Failed(format!("{kind:?}").to_lowercase()),
            None => Ending::NotYet,
        };
        ExecutionLane {
            title: text::title(run, entity.id, TITLE),
            details: details(run, entity),
            indent: depth.min(MOST_INDENT),
            queued,
            ran,
            awaits,
            suspended: self.suspended(entity.id).collect(),
            lends,
            remote,
            end,
        }
    }

    fn threads(&self) -> (Vec<ThreadLane>, u64) {
        let mut spans: Vec<Vec<(Span, usize, bool)>> = vec![Vec::new(); self.run.threads.len()];
        for (n, entity) in self.run.entities.iter().enumerate() {
            for (thread, span, lent) in self.runs(entity) {
                spans[thread].push((span, n, lent));
            }
        }
        let busy = |spans: &[(Span, usize, bool)]| -> Duration {
            spans.iter().map(|(span, ..)| span.to.saturating_sub(span.from)).sum()
        };
        let mut drawn: Vec<usize> = (0..spans.len()).filter(|&n| !spans[n].is_empty()).collect();
        let all = drawn.len();
        drawn.sort_by_key(|&n| std::cmp::Reverse(busy(&spans[n])));
        drawn.truncate(MOST_THREADS);
        drawn.sort_unstable();
        let left_out = all - drawn.len();
        let lanes = drawn.into_iter().map(|n| self.thread(n, std::mem::take(&mut spans[n])));
        (lanes.collect(), left_out as u64)
    }

    fn thread(&self, n: usize, mut spans: Vec<(Span, usize, bool)>) -> ThreadLane {
        // What encloses comes first.
        spans.sort_by_key(|&(span, n, _)| (span.from, std::cmp::Reverse(span.to), n));
        let mut stack: Vec<Duration> = Vec::new();
        let mut levels = 0;
        let mut drawn = Vec::new();
        for (time, n, lent) in spans {
            while stack.last().is_some_and(|&to| to <= time.from) {
                stack.pop();
            }
            let level = stack.len();
            stack.push(time.to);
            levels = levels.max(level + 1);
            if level >= MOST_LEVELS {
                continue;
            }
            let entity = &self.run.entities[n];
            let within = |span: &Span| span.from >= time.from && span.to <= time.to;
            drawn.push(ThreadSpan {
                time,
                level,
                title: text::title(self.run, entity.id, TITLE),
                details: details(self.run, entity),
                lent,
                failed: entity.end.as_ref().is_some_and(|end| end.with.is_err()),
                suspended: self.suspended(entity.id).filter(within).collect(),
            });
        }
        ThreadLane { name: text::line(self.run.threads[n].name(), TITLE), levels, spans: drawn }
    }
}

/// Of each start of it, from then to the next one, or the end.
fn runs<'a>(run: &Run, entity: &'a Entity) -> impl Iterator<Item = (&'a Start, Span)> {
    let end = entity.end.as_ref().map_or(run.to, |end| end.at);
    entity.starts.iter().enumerate().map(move |(n, start)| {
        let to = entity.starts.get(n + 1).map_or(end, |next| next.at);
        (start, Span { from: start.at, to: to.max(start.at) })
    })
}
