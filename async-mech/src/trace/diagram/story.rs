//! What a sequence diagram tells: messages between executions and the event loop, in order.

use std::collections::HashSet;
use std::time::Duration;

use super::facts::{failure, is_sleep, on_engine};
use super::{plural, text};
use crate::execution::Id;
use crate::failure::FailureKind;
use crate::trace::event::{Event, Kind, Returned};
use crate::trace::recording::Trace;
use crate::trace::run::{Run, What};

/// More would be too wide for anybody to follow.
const MOST_PARTICIPANTS: usize = 40;
/// How many of those who have not ended are named.
const NAMED: usize = 5;
const TITLE: usize = 36;
const VALUE: usize = 40;
const FAILURE: usize = 72;

/// See the module.
pub(super) struct Story {
    /// In the order in which they have a part, but the event loop is the second: to the right of
    /// who talks to it first.
    pub(super) participants: Vec<Participant>,
    pub(super) steps: Vec<Step>,
    /// What is to be said below.
    pub(super) notes: Vec<String>,
}

pub(super) struct Participant {
    /// None for the event loop.
    pub(super) id: Option<Id>,
    pub(super) title: String,
    /// What a durable engine knows it as.
    pub(super) durable: Option<String>,
    /// Whether it runs on an engine.
    pub(super) remote: bool,
}

pub(super) struct Step {
    pub(super) at: Duration,
    pub(super) what: Said,
    pub(super) text: String,
    pub(super) change: Option<Change>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// An execution to the event loop.
    Request(Id),
    /// An execution to the event loop: that it failed.
    Failure(Id),
    /// The event loop to an execution that asked it for something.
    Reply(Id),
    /// The same, but it does not get what it asked for.
    Refusal(Id),
    /// The event loop to an execution that did not ask.
    Order(Id),
    /// What concerns no execution in particular.
    Note,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// With this step an execution begins to run.
    Begins,
    /// It waits from here on.
    Waits,
    /// It goes on.
    GoesOn,
    /// With this step it has ended.
    Ends,
}

impl Said {
    pub(super) fn execution(self) -> Option<Id> {
        match self {
            Said::Note => None,
            Said::Request(id)
            | Said::Failure(id)
            | Said::Reply(id)
            | Said::Refusal(id)
            | Said::Order(id) => Some(id),
        }
    }
}

impl Story {
    /// The first `most` steps of what happened.
    pub(super) fn of(trace: &Trace, run: &Run, most: usize) -> Story {
        let mut story = Story { participants: Vec::new(), steps: Vec::new(), notes: Vec::new() };
        let mut teller = Teller { run, running: HashSet::new() };
        let mut seen = HashSet::new();
        let mut left_out = 0;
        for event in trace.events() {
            let Some(step) = teller.step(event) else { continue };
            let newcomer = step.what.execution().filter(|id| !seen.contains(id));
            let room = newcomer.is_none() || seen.len() < MOST_PARTICIPANTS;
            if left_out > 0 || story.steps.len() == most || !room {
                left_out += 1;
                continue;
            }
            if let Some(id) = newcomer {
                seen.insert(id);
                story.participants.push(Participant::of(run, id));
            }
            story.steps.push(step);
        }
        let title = String::from("Event Loop");
        let event_loop = Participant { id: None, title, durable: None, remote: false };
        story.participants.insert(story.participants.len().min(1), event_loop);
        if left_out > 0 {
            story.notes.push(format!("… {} not drawn", plural(left_out, "more event")));
        }
        if trace.lost() > 0 {
            story.notes.push(format!("{} not recorded", plural(trace.lost(), "more event")));
        }
        if story.notes.is_empty() {
            story.notes.extend(unfinished(run));
        }
        story
    }
}

impl Participant {
    fn of(run: &Run, id: Id) -> Participant {
        let entity = run.entity(id);
        Participant {
            id: Some(id),
            title: text::title(run, id, TITLE),
            durable: entity.and_then(on_engine),
            remote: entity.is_some_and(|it| it.what == What::Remote),
        }
    }
}

/// Turns events into steps.
struct Teller<'a> {
    run: &'a Run,
    /// Who has begun and not ended.
    running: HashSet<Id>,
}

impl Teller<'_> {
    fn step(&mut self, event: &Event) -> Option<Step> {
        let me = event.execution;
        // Only its await matters.
        if self.run.entity(me).is_some_and(is_sleep) {
            return None;
        }
        let title = || text::title(self.run, me, TITLE);
        // To whoever invoked or made it, as far as that is known.
        let caller = |said: fn(Id) -> Said| event.caller.map_or(Said::Note, said);
        let mut change = None;
        let (what, text) = match &event.kind {
            Kind::Invoke => (caller(Said::Request), format!("invoke {}", title())),
            Kind::Create if self.is(me, What::Remote) => {
                (caller(Said::Request), format!("invoke {}", title()))
            }
            Kind::Create => (caller(Said::Request), format!("create {}", title())),
            Kind::Promised => (caller(Said::Reply), format!("return promise {me}")),
            Kind::Start { lent_by } => {
                let begins = self.running.insert(me);
                change = begins.then_some(Change::Begins);
                let verb = if begins { "start" } else { "move" };
                let thread = match lent_by {
                    Some(lender) => format!("{lender}'s thread"),
                    None => text::line(event.thread.name(), TITLE),
                };
                (Said::Order(me), format!("{verb} on {thread}"))
            }
            Kind::Complete { value } => {
                let value = text::value(value.as_ref(), VALUE);
                let value = value.map_or(String::new(), |value| format!(" with {value}"));
                if self.is(me, What::Promise) {
                    (Said::Note, format!("{} completes{value}", title()))
                } else {
                    change = self.running.remove(&me).then_some(Change::Ends);
                    (Said::Request(me), format!("complete{value}"))
                }
            }
            Kind::Fail { kind, message } => {
                let entity = self.run.entity(me)?;
                let message = failure(entity, message.as_str(), FAILURE);
                if !self.running.contains(&me) && entity.starts.is_empty() {
                    (Said::Note, format!("{} {message}", title()))
                } else {
                    change = self.running.remove(&me).then_some(Change::Ends);
                    // It runs on: it is here that nobody asks for it any more.
                    let left = entity.what == What::Remote && *kind == FailureKind::Abandoned;
                    (if left { Said::Refusal(me) } else { Said::Failure(me) }, message)
                }
            }
            // From here on the engine has it, and sees to it that it runs.
            Kind::Durable { here: false, .. } => {
                change = self.running.insert(me).then_some(Change::Begins);
                (Said::Order(me), "run on the engine".into())
            }
            Kind::Cancel if self.running.contains(&me) => (Said::Order(me), "cancel".into()),
            Kind::Cancel => (Said::Note, format!("{} is cancelled", title())),
            Kind::Await { promise, .. } => {
                change = Some(Change::Waits);
                let sleeps = self.run.entity(*promise).is_some_and(is_sleep);
                let text = if sleeps { "sleep".into() } else { format!("await {promise}") };
                (Said::Request(me), text)
            }
            Kind::Return { promise, with } => {
                change = Some(Change::GoesOn);
                self.returned(me, *promise, *with)
            }
            Kind::Link { to } => {
                (Said::Note, format!("{} waits for {me}", text::title(self.run, *to, TITLE)))
            }
            Kind::Settle { by: Some(by) } => (Said::Note, format!("{by} decides {}", title())),
            Kind::Settle { by: None } => (Said::Note, format!("{} is decided", title())),
            Kind::Lost { count } => {
                (Said::Note, format!("{} missing here", plural(*count, "event")))
            }
            // Whether the thread was parked meanwhile is the timeline's matter.
            Kind::Suspend { .. } | Kind::Resume { .. } => return None,
            // Its id stands below its name.
            Kind::Durable { here: true, .. } => return None,
            Kind::Root | Kind::Enter { .. } | Kind::Free => return None,
        };
        Some(Step { at: event.time, what, text, change })
    }

    fn returned(&self, me: Id, promise: Id, with: Returned) -> (Said, String) {
        let end = self.run.entity(promise).and_then(|it| it.end.as_ref()).map(|end| &end.with);
        match (with, end) {
            (Returned::Outcome, Some(Err(_))) => {
                (Said::Refusal(me), format!("return failure of {promise}"))
            }
            (Returned::Outcome, Some(Ok(value))) => {
                let value = text::value(value.as_ref(), VALUE);
                let value = value.unwrap_or_else(|| format!("value of {promise}"));
                (Said::Reply(me), format!("return {value}"))
            }
            (Returned::Outcome, None) => (Said::Reply(me), format!("return value of {promise}")),
            (Returned::TimedOut, _) => (Said::Reply(me), "return: time is up".into()),
            (Returned::Cancelled, _) => (Said::Refusal(me), "return: cancelled".into()),
            (Returned::Deadlock, _) => (Said::Refusal(me), "return: deadlock".into()),
        }
    }

    fn is(&self, id: Id, what: What) -> bool {
        self.run.entity(id).is_some_and(|it| it.what == what)
    }
}

/// Says who has not ended.
fn unfinished(run: &Run) -> Option<String> {
    let mut ids = run
        .entities
        .iter()
        .filter(|it| matches!(it.what, What::Invocation | What::Remote) && it.end.is_none())
        .map(|it| it.id);
    let named: Vec<_> = ids.by_ref().take(NAMED).map(|id| id.to_string()).collect();
    let more = ids.count() as u64;
    let more = if more > 0 { format!(" and {}", plural(more, "other")) } else { String::new() };
    (!named.is_empty()).then(|| format!("not ended: {}{more}", named.join(", ")))
}
