//! What of a run gets into its page: all of it, or what a browser shows without a pause.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::time::Duration;

use crate::execution::Id;
use crate::trace::event::{Event, Kind};
use crate::trace::json::{self, Encoder};
use crate::trace::recording::Trace;
use crate::trace::run::{Entity, Run, What};

/// So many executions and promises are all in the page, if there are not too many events.
const ENTITIES: usize = 20_000;
/// So many events, too.
const EVENTS: usize = 200_000;
/// Of a larger run, so many executions and promises are kept.
const KEPT: usize = 8_000;

/// A trace, and what of it is in the page.
pub(super) struct Bounded<'a> {
    trace: &'a Trace,
    /// `None` if it all is.
    part: Option<Part>,
}

/// The part of a run that is in the page.
struct Part {
    /// With each execution, its callers.
    kept: HashSet<Id>,
    run: Run,
}

impl<'a> Bounded<'a> {
    pub(super) fn of(trace: &'a Trace) -> Bounded<'a> {
        let run = Run::of(trace.events());
        let whole = run.entities.len() <= ENTITIES && trace.events().len() <= EVENTS;
        let part = (!whole).then(|| Part { kept: kept(&run), run });
        Bounded { trace, part }
    }

    /// The records, as a JSON array.
    pub(super) fn records(&self) -> String {
        let mut out = String::from("[");
        let mut encoder = Encoder::page();
        let mut events = 0;
        for event in self.trace.events() {
            if self.part.as_ref().is_none_or(|part| events < EVENTS && part.has(event)) {
                encoder.event(&mut out, event);
                events += 1;
            }
        }
        if let Some(part) = &self.part {
            part.summary(&mut out, self.trace.events().len() - events);
        }
        if self.trace.lost() > 0 {
            let _ = writeln!(out, "[\"lost\",{}],", self.trace.lost());
        }
        if encoder.cut() > 0 {
            let _ = writeln!(out, "[\"cut\",{}],", encoder.cut());
        }
        // JSON has no comma after the last.
        if out.ends_with(",\n") {
            out.truncate(out.len() - 2);
        }
        out + "]"
    }
}

/// Half of what is kept is near the roots, whole levels as far as they fit; the rest are the slowest,
/// each with its callers, so that everything kept can be reached.
fn kept(run: &Run) -> HashSet<Id> {
    let mut depths: HashMap<Id, u32> = HashMap::new();
    for entity in &run.entities {
        // Callers come first, unless the recording began between.
        let depth = entity.caller.and_then(|caller| depths.get(&caller)).map_or(0, |d| d + 1);
        depths.insert(entity.id, depth);
    }
    let mut near: Vec<&Entity> = run.entities.iter().collect();
    // A stable sort: of one level, those that came first.
    near.sort_by_key(|entity| depths[&entity.id]);
    let mut kept: HashSet<Id> = near.iter().take(KEPT / 2).map(|entity| entity.id).collect();

    let mut slow = near;
    slow.sort_by_key(|entity| std::cmp::Reverse(took(run, entity)));
    for entity in slow {
        let missing: Vec<Id> = std::iter::successors(Some(entity.id), |&id| run.entity(id)?.caller)
            .take_while(|id| !kept.contains(id))
            .take(KEPT)
            .collect();
        if kept.len() + missing.len() <= KEPT {
            kept.extend(missing);
        }
        if kept.len() == KEPT {
            break;
        }
    }
    kept
}

/// From the start to the end, or to the end of the recording.
fn took(run: &Run, entity: &Entity) -> Duration {
    let end = entity.end.as_ref().map_or(run.to, |end| end.at);
    let begin = match entity.what {
        What::Remote => entity.invoked,
        _ => entity.starts.first().map(|start| start.at),
    };
    begin.map_or(Duration::ZERO, |begin| end.saturating_sub(begin))
}

impl Part {
    /// Whether the event is about what is kept, and about nothing else.
    fn has(&self, event: &Event) -> bool {
        let about = match &event.kind {
            Kind::Await { promise, .. }
            | Kind::Suspend { promise }
            | Kind::Resume { promise }
            | Kind::Return { promise, .. } => Some(promise),
            Kind::Link { to } => Some(to),
            _ => None,
        };
        self.kept.contains(&event.execution) && about.is_none_or(|id| self.kept.contains(id))
    }

    /// Says what is left out: how much, of which functions, and below which executions.
    fn summary(&self, out: &mut String, events: usize) {
        let entities = &self.run.entities;
        let left_out = entities.len() - self.kept.len();
        let _ = writeln!(out, "[\"omitted\",{left_out},{events},{}],", entities.len());

        let mut functions: HashMap<_, (u64, u64, Duration, Duration)> = HashMap::new();
        for entity in entities {
            let name = match entity.what {
                What::Invocation => entity.site.function().to_owned(),
                // How long it ran is not known here: it has a row of its own.
                What::Remote => format!("{} on the engine", entity.site.function()),
                What::Root | What::Promise => continue,
            };
            let function = functions.entry(name).or_default();
            let took = took(&self.run, entity);
            function.0 += 1;
            function.1 += u64::from(entity.end.as_ref().is_some_and(|end| end.with.is_err()));
            function.2 += took;
            function.3 = function.3.max(took);
        }
        let mut functions: Vec<_> = functions.into_iter().collect();
        functions.sort_by(|(name, one), (other, two)| two.2.cmp(&one.2).then(name.cmp(other)));
        for (name, (count, failed, total, longest)) in functions {
            out.push_str("[\"function\",");
            json::string(out, &name);
            let (total, longest) = (json::microseconds(total), json::microseconds(longest));
            let _ = writeln!(out, ",{count},{failed},{total},{longest}],");
        }

        // Callees come after their callers, so backwards every sum is complete when it is passed on.
        let mut below: HashMap<Id, u64> = HashMap::new();
        for entity in entities.iter().rev().filter(|entity| !self.kept.contains(&entity.id)) {
            let mine = below.remove(&entity.id).unwrap_or(0) + 1;
            if let Some(caller) = entity.caller {
                *below.entry(caller).or_default() += mine;
            }
        }
        let mut below: Vec<_> = below.into_iter().collect();
        below.sort_unstable();
        for (id, count) in below {
            let _ = writeln!(out, "[\"below\",{},{count}],", id.as_u64());
        }
    }
}
