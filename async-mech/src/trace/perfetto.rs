//! A trace as Chrome trace events, the JSON that Perfetto's page opens.
//!
//! What runs, awaits and is suspended on a thread is a stack, since calls return in order: each of
//! them is a complete event (`X`), written when it is popped, so that slices of one thread are
//! properly nested whatever is missing from the trace. Flow arrows go from slice to slice.
//!
//! No two events of a thread have the same time here, and an effect is later than its cause: clocks
//! are too coarse for that. An event has [`STEP`] nanoseconds for itself: a slice begins with the
//! first, an arrow begins or ends with the second, a slice ends with the third.

mod describe;
mod format;
mod remote;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::format::{Format, Point};
use super::event::{Event, Kind, Site, Text, Thread};
use super::recording::Trace;
use crate::execution::Id;

/// How far apart the events of a thread are, at least.
const STEP: u64 = 3;

impl Trace {
    /// The run in Chrome's trace event format, as JSON: open it at <https://ui.perfetto.dev>, or in
    /// `chrome://tracing`.
    ///
    /// There is a track for each thread. An execution is a slice for as long as a thread runs it;
    /// awaits are slices in it, and so is what an awaiter's thread was lent to. What a durable engine
    /// runs has a track apart, from when it was asked to when this process heard the outcome. Arrows lead from
    /// an invocation to its start, and from a completion to the awaiters that it resumes. What had
    /// not ended is drawn to the end and says `unfinished`.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// assert!(trace.perfetto().contains(r#""value":"42""#));
    /// ```
    #[must_use]
    pub fn perfetto(&self) -> String {
        let first = self.events().iter().map(|event| event.time).min().unwrap_or_default();
        let mut drawing = Drawing::default();
        for event in self.events() {
            let time = event.time.saturating_sub(first).as_nanos();
            // A hundred years, so that no sum overflows.
            drawing.take(event, u64::try_from(time).map_or(1 << 61, |time| time.min(1 << 61)));
        }
        drawing.finish(self.lost())
    }
}

#[derive(Default)]
struct Drawing {
    format: Format,
    /// By the threads' numbers.
    lanes: BTreeMap<u64, Lane>,
    known: HashMap<Id, Known>,
    on_engine: HashMap<Id, Point>,
    /// The last time on any thread.
    last: u64,
}

/// A thread.
struct Lane {
    thread: Thread,
    last: u64,
    /// What is under way, from the outermost on.
    stack: Vec<Slice>,
}

struct Slice {
    what: What,
    from: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// An execution runs. Its start was not seen if it had begun before, or is a root execution.
    Run {
        id: Id,
        lent_by: Option<Id>,
        seen: bool,
    },
    Invoke(Id),
    Await {
        promise: Id,
        at: &'static std::panic::Location<'static>,
    },
    Suspended(Id),
    /// Between the resumption and the end of the await.
    Resumed(Id),
}

/// What the events have said about an execution, or a promise.
struct Known {
    site: Site,
    caller: Option<Id>,
    arguments: Option<Arc<[(&'static str, Text)]>>,
    /// Under which id a durable engine knows it.
    durable: Option<Text>,
    /// Where its run is under way: on two threads if it has moved to one of its own.
    runs_on: Vec<u64>,
    started: bool,
    invoked: Option<Point>,
    completed: Option<Point>,
}

/// Where a slice ends that an event ends.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// Something else begins with the event.
    Before,
    /// The event is in the slice.
    After,
}

/// How a slice ended.
enum End<'a> {
    /// In no way worth a word.
    Quiet,
    With(&'a Kind),
    /// The trace has ended, or what followed was lost.
    Unseen,
}

impl Drawing {
    fn take(&mut self, event: &Event, time: u64) {
        let (thread, id) = (event.thread.number(), event.execution);
        let known = self.known(event);
        let cause = match event.kind {
            Kind::Start { .. } => known.invoked,
            Kind::Resume { promise } => self.known.get(&promise).and_then(|it| it.completed),
            _ => None,
        };
        let lane = self.lanes.entry(thread).or_insert_with(|| Lane {
            thread: event.thread.clone(),
            last: 0,
            stack: Vec::new(),
        });
        let time = time.max(lane.last + STEP).max(cause.map_or(0, |cause| cause.time + STEP));
        let mut here = Point { thread, time };
        match (lane.stack.last(), actor(event)) {
            (None, Some(actor)) => {
                self.push(here, What::Run { id: actor, lent_by: None, seen: false });
                here.time += STEP;
            }
            // It has no end of its own where nobody is given the promise.
            (Some(Slice { what: What::Invoke(invoked), .. }), _)
                if *invoked != id || !matches!(event.kind, Kind::Promised | Kind::Fail { .. }) =>
            {
                let depth = lane.stack.len() - 1;
                self.pop_to(here, depth, Cut::Before, &End::Quiet);
            }
            _ => {}
        }
        if let Some(lane) = self.lanes.get_mut(&thread) {
            lane.last = here.time;
        }
        self.last = self.last.max(here.time);
        match &event.kind {
            Kind::Invoke => {
                self.push(here, What::Invoke(id));
                self.known(event).invoked = Some(here);
            }
            Kind::Promised => {
                self.pop(here, |what| what == What::Invoke(id), Cut::After, &End::Quiet);
            }
            Kind::Start { lent_by } => self.start(event, here, *lent_by, cause),
            Kind::Enter { arguments } => self.known(event).arguments = Some(Arc::clone(arguments)),
            Kind::Complete { .. } | Kind::Fail { .. } => self.end(event, here),
            Kind::Await { promise, at } => {
                self.push(here, What::Await { promise: *promise, at });
            }
            Kind::Suspend { promise } => self.push(here, What::Suspended(*promise)),
            Kind::Resume { promise } => {
                self.pop(here, |what| what == What::Suspended(*promise), Cut::Before, &End::Quiet);
                self.push(here, What::Resumed(*promise));
                if let Some(cause) = cause {
                    self.format.arrow("complete", cause, here);
                }
            }
            Kind::Return { promise, .. } => {
                let awaits =
                    |what| matches!(what, What::Await { promise: other, .. } if other == *promise);
                // What is in it ends with it: the time since it was resumed.
                if !self.pop(here, awaits, Cut::After, &End::With(&event.kind)) {
                    self.pop(here, |what| what == What::Resumed(*promise), Cut::After, &End::Quiet);
                }
            }
            Kind::Cancel | Kind::Settle { .. } => self.instant(event, here),
            Kind::Lost { count } => self.format.lost(here, *count),
            Kind::Durable { id, here: at_home } => self.durable(event, here, id, *at_home),
            Kind::Root | Kind::Create | Kind::Link { .. } | Kind::Free => {}
        }
    }

    fn known(&mut self, event: &Event) -> &mut Known {
        let known = self.known.entry(event.execution).or_insert_with(|| Known {
            site: event.site,
            caller: event.caller,
            arguments: None,
            durable: None,
            runs_on: Vec::new(),
            started: false,
            invoked: None,
            completed: None,
        });
        if event.site.definition.is_some() {
            known.site = event.site;
        }
        known
    }

    fn start(&mut self, event: &Event, here: Point, lent_by: Option<Id>, cause: Option<Point>) {
        // A thread that nobody lends, and that does not run this in place of being suspended, runs
        // nothing else: what ended what it ran is missing.
        let lane = &self.lanes[&here.thread];
        let within = lane.stack.last().is_none_or(|top| matches!(top.what, What::Suspended(_)));
        if lent_by.is_none() && !within {
            self.pop_to(here, 0, Cut::Before, &End::Unseen);
        }
        let known = self.known(event);
        known.runs_on.push(here.thread);
        let first = !std::mem::replace(&mut known.started, true);
        self.push(here, What::Run { id: event.execution, lent_by, seen: true });
        if let Some(cause) = cause.filter(|_| first) {
            self.format.arrow("invoke", cause, here);
        }
    }

    /// A promise is completed, by the end of its execution or in another way.
    fn end(&mut self, event: &Event, here: Point) {
        let known = self.known(event);
        known.completed = Some(here);
        let mut runs_on = std::mem::take(&mut known.runs_on);
        runs_on.push(here.thread);
        runs_on.sort_unstable();
        runs_on.dedup();
        let is_run = |what| matches!(what, What::Run { id, .. } if id == event.execution);
        let mut ended_here = false;
        for thread in runs_on {
            let lane = self.lanes.get_mut(&thread).expect("it runs there");
            if thread != here.thread {
                lane.last = here.time.max(lane.last + STEP);
                self.last = self.last.max(lane.last);
            }
            let there = Point { thread, time: lane.last };
            let popped = self.pop(there, is_run, Cut::After, &End::With(&event.kind));
            ended_here |= popped && thread == here.thread;
        }
        // Arrows begin in a slice.
        if !ended_here {
            let remote = self.remote_ends(event, here);
            let known = self.known(event);
            let of_function = remote || known.started || known.invoked.is_some();
            let what = match &event.kind {
                Kind::Complete { .. } if of_function => "end ",
                Kind::Complete { .. } => "resolve ",
                _ if known.invoked.is_some() && !known.started => "refuse ",
                _ => "fail ",
            };
            let name = format!("{what}{}", event.site.function());
            let args = self.args_of(event.execution, &End::With(&event.kind));
            self.format.slice("promise", &name, here, here.time + STEP - 1, &args);
        }
    }

    fn instant(&mut self, event: &Event, here: Point) {
        let mut args = self.args_of(event.execution, &End::Quiet);
        let what = match event.kind {
            Kind::Settle { by } => {
                args.id("by", by);
                "settle"
            }
            _ => "cancel",
        };
        self.format.instant(what, &format!("{what} {}", event.site.function()), here, &args);
    }

    fn push(&mut self, here: Point, what: What) {
        let lane = self.lanes.get_mut(&here.thread).expect("the event's own");
        lane.stack.push(Slice { what, from: here.time });
    }

    /// Ends the innermost slice that is meant, and what is in it. False if there is none.
    fn pop(
        &mut self,
        here: Point,
        is_meant: impl Fn(What) -> bool,
        cut: Cut,
        end: &End<'_>,
    ) -> bool {
        let stack = &self.lanes[&here.thread].stack;
        let Some(depth) = stack.iter().rposition(|slice| is_meant(slice.what)) else {
            return false;
        };
        self.pop_to(here, depth + 1, Cut::Before, &End::Unseen);
        self.pop_to(here, depth, cut, end);
        true
    }

    /// Ends slices until so many are left.
    fn pop_to(&mut self, here: Point, depth: usize, cut: Cut, end: &End<'_>) {
        let lane = self.lanes.get_mut(&here.thread).expect("seen by the caller");
        let to = if cut == Cut::After { here.time + STEP - 1 } else { here.time - 1 };
        for Slice { what, from } in lane.stack.split_off(depth).into_iter().rev() {
            self.slice(what, Point { thread: here.thread, time: from }, to, end);
        }
    }

    fn finish(mut self, lost: u64) -> String {
        self.remotes_go_on();
        let all: Vec<u64> = self.lanes.keys().copied().collect();
        for thread in all {
            let lane = &self.lanes[&thread];
            let is_idle_root = |slice: &Slice| match slice.what {
                What::Run { id, seen, .. } => {
                    !seen && self.known.get(&id).is_some_and(|known| known.caller.is_none())
                }
                _ => false,
            };
            if lane.stack.len() == 1 && lane.stack.iter().any(is_idle_root) {
                // A root execution, of which nobody knows when it ends.
                self.pop_to(Point { thread, time: lane.last }, 0, Cut::After, &End::Quiet);
            } else {
                let end = Point { thread, time: self.last + STEP };
                self.pop_to(end, 0, Cut::Before, &End::Unseen);
            }
        }
        let threads = self.lanes.values().map(|lane| &lane.thread);
        self.format.finish(threads, self.last + STEP, lost)
    }
}

/// The execution whose code the event's thread was in, where the event tells.
fn actor(event: &Event) -> Option<Id> {
    match event.kind {
        Kind::Root
        | Kind::Enter { .. }
        | Kind::Await { .. }
        | Kind::Suspend { .. }
        | Kind::Resume { .. }
        | Kind::Return { .. } => Some(event.execution),
        Kind::Invoke | Kind::Promised | Kind::Create => event.caller,
        _ => None,
    }
}
