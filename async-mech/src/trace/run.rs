//! A run put together from its events: executions, promises, awaits, threads. What is drawn is drawn
//! from this.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::event::{Event, Kind, Returned, Site, Text, Thread};
use crate::execution::Id;
use crate::failure::FailureKind;

/// See the module.
pub(crate) struct Run {
    /// In the order in which the events speak of them.
    pub(crate) entities: Vec<Entity>,
    index: HashMap<Id, usize>,
    /// In the order in which they began.
    pub(crate) awaits: Vec<Await>,
    /// In the order in which the events speak of them.
    pub(crate) threads: Vec<Thread>,
    /// The earliest time of an event and the latest: threads read the clock on their own.
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

/// An execution with its promise, or a promise alone.
pub(crate) struct Entity {
    pub(crate) id: Id,
    pub(crate) caller: Option<Id>,
    pub(crate) site: Site,
    pub(crate) what: What,
    /// When it was invoked, or made, if that was seen.
    pub(crate) invoked: Option<Duration>,
    /// Where it ran: more than once if it moved.
    pub(crate) starts: Vec<Start>,
    pub(crate) arguments: Option<Arc<[(&'static str, Text)]>>,
    /// Under which id a durable engine knows it.
    pub(crate) durable: Option<Text>,
    pub(crate) cancelled: bool,
    pub(crate) end: Option<End>,
    /// When no promise represented it any more.
    pub(crate) freed: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An execution that nobody invoked, which has no promise.
    Root,
    /// An execution, and the promise that represents it.
    Invocation,
    /// A promise without a function.
    Promise,
    /// An execution that a durable engine runs in a process of its choice, as far as this process
    /// knows of it: that it asked for it, and its promise.
    Remote,
}

pub(crate) struct Start {
    pub(crate) at: Duration,
    /// Which of the run's threads.
    pub(crate) thread: usize,
    pub(crate) lent_by: Option<Id>,
}

pub(crate) struct End {
    pub(crate) at: Duration,
    pub(crate) with: Result<Option<Text>, (FailureKind, Text)>,
}

pub(crate) struct Await {
    pub(crate) awaiter: Id,
    pub(crate) promise: Id,
    /// Where, in the code.
    pub(crate) place: &'static Location<'static>,
    pub(crate) from: Duration,
    /// When its thread was parked; the last time may not have ended.
    pub(crate) suspended: Vec<(Duration, Option<Duration>)>,
    pub(crate) to: Option<(Duration, Returned)>,
}

impl Run {
    /// Puts a run together. Its beginning may be missing: what is spoken of is there.
    pub(crate) fn of(events: &[Event]) -> Run {
        let times = events.iter().map(|event| event.time);
        let mut run = Run {
            entities: Vec::new(),
            index: HashMap::new(),
            awaits: Vec::new(),
            threads: Vec::new(),
            from: times.clone().min().unwrap_or_default(),
            to: times.max().unwrap_or_default(),
        };
        let mut threads = HashMap::new();
        // The awaits that have not ended, by awaiter. One inside another: a destructor may await.
        let mut open: HashMap<Id, Vec<usize>> = HashMap::new();
        for event in events {
            if !matches!(event.kind, Kind::Lost { .. }) {
                run.take(event, &mut threads, &mut open);
            }
        }
        run
    }

    fn take(
        &mut self,
        event: &Event,
        threads: &mut HashMap<u64, usize>,
        open: &mut HashMap<Id, Vec<usize>>,
    ) {
        let at = event.time;
        let thread = *threads.entry(event.thread.number()).or_insert_with(|| {
            self.threads.push(event.thread.clone());
            self.threads.len() - 1
        });
        let awaits = &mut self.awaits;
        let last = |promise: Id| {
            let mine = open.get(&event.execution)?.iter().rev();
            mine.copied().find(|&index| awaits[index].promise == promise)
        };
        match event.kind {
            Kind::Await { promise, at: place } => {
                let (awaiter, from) = (event.execution, at);
                let suspended = Vec::new();
                awaits.push(Await { awaiter, promise, place, from, suspended, to: None });
                open.entry(awaiter).or_default().push(awaits.len() - 1);
            }
            Kind::Suspend { promise } => {
                if let Some(index) = last(promise) {
                    awaits[index].suspended.push((at, None));
                }
            }
            Kind::Resume { promise } => {
                if let Some(index) = last(promise)
                    && let Some((_, to)) = awaits[index].suspended.last_mut()
                {
                    *to = Some(at);
                }
            }
            Kind::Return { promise, with } => {
                if let Some(index) = last(promise) {
                    awaits[index].to = Some((at, with));
                    let mine = open.get_mut(&event.execution).expect("just seen");
                    mine.retain(|&other| other != index);
                }
            }
            _ => {}
        }
        let entity = self.entity_of(event);
        match &event.kind {
            Kind::Root => entity.what = What::Root,
            Kind::Invoke => (entity.what, entity.invoked) = (What::Invocation, Some(at)),
            Kind::Create => (entity.what, entity.invoked) = (What::Promise, Some(at)),
            Kind::Start { lent_by } => {
                entity.starts.push(Start { at, thread, lent_by: *lent_by });
            }
            Kind::Enter { arguments } => entity.arguments = Some(Arc::clone(arguments)),
            Kind::Complete { value } => {
                entity.end = Some(End { at, with: Ok(value.clone()) });
            }
            Kind::Fail { kind, message } => {
                entity.end = Some(End { at, with: Err((*kind, message.clone())) });
            }
            Kind::Durable { id, here } => {
                entity.durable = Some(id.clone());
                if !here {
                    entity.what = What::Remote;
                }
            }
            Kind::Cancel => entity.cancelled = true,
            Kind::Free => entity.freed = Some(at),
            _ => {}
        }
    }

    fn entity_of(&mut self, event: &Event) -> &mut Entity {
        let index = *self.index.entry(event.execution).or_insert_with(|| {
            self.entities.push(Entity {
                id: event.execution,
                caller: event.caller,
                site: event.site,
                what: if event.site.call.is_none() { What::Root } else { What::Invocation },
                invoked: None,
                starts: Vec::new(),
                arguments: None,
                durable: None,
                cancelled: false,
                end: None,
                freed: None,
            });
            self.entities.len() - 1
        });
        let entity = &mut self.entities[index];
        // A definition is known once it has been entered.
        if event.site.definition.is_some() {
            entity.site = event.site;
        }
        entity
    }

    /// The one with that id, if an event happened to it.
    pub(crate) fn entity(&self, id: Id) -> Option<&Entity> {
        self.index.get(&id).map(|&index| &self.entities[index])
    }
}

impl Entity {
    /// `#3 fib(n = 2)`, cut where a reader would stop.
    pub(crate) fn title(&self) -> String {
        let function = self.site.function();
        match &self.arguments {
            Some(arguments) if !arguments.is_empty() => {
                let arguments: Vec<_> =
                    arguments.iter().map(|(name, text)| format!("{name} = {text}")).collect();
                format!("{} {function}({})", self.id, arguments.join(", "))
            }
            _ => format!("{} {function}", self.id),
        }
    }
}
