//! What an observer saw, as lines that do not depend on which ids there are.

use std::collections::BTreeSet;

use async_mech::crossbeam_channel::Receiver;
use async_mech::trace::{Event, Kind};
use async_mech::{EventLoop, Id, Promise};
use tests::{Watchdog, occupy};

/// Events in their order.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) events: Vec<Event>,
    /// The least becomes 1, and so on: in the order in which they were taken.
    ids: Vec<Id>,
}

impl Seen {
    pub(crate) fn of(events: &Receiver<Event>) -> Seen {
        Seen::new(events.try_iter().collect())
    }

    fn new(mut events: Vec<Event>) -> Seen {
        events.sort_by_key(|event| event.number);
        let ids: BTreeSet<Id> = events.iter().flat_map(ids_in).collect();
        Seen { events, ids: ids.into_iter().collect() }
    }

    fn short(&self, id: Id) -> usize {
        self.ids.binary_search(&id).map_or(0, |at| at + 1)
    }

    fn line(&self, event: &Event) -> String {
        let id = |id: Id| self.short(id);
        let what = match &event.kind {
            Kind::Invoke => format!("invoke by {}", event.caller.map_or(0, id)),
            Kind::Create => format!("create by {}", event.caller.map_or(0, id)),
            Kind::Start { lent_by: None } => "start".into(),
            Kind::Start { lent_by: Some(lender) } => format!("start lent by {}", id(*lender)),
            Kind::Enter { arguments } => {
                let arguments: Vec<_> =
                    arguments.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                format!("enter{}", arguments.concat())
            }
            Kind::Complete { value: Some(value) } => format!("complete {value}"),
            Kind::Complete { value: None } => "complete".into(),
            Kind::Fail { kind, .. } => format!("fail {kind:?}"),
            Kind::Await { promise, .. } => format!("await {}", id(*promise)),
            Kind::Suspend { promise } => format!("suspend {}", id(*promise)),
            Kind::Resume { promise } => format!("resume {}", id(*promise)),
            Kind::Return { promise, with } => format!("return {} {with:?}", id(*promise)),
            Kind::Link { to } => format!("link to {}", id(*to)),
            Kind::Settle { by: Some(by) } => format!("settle by {}", id(*by)),
            Kind::Settle { by: None } => "settle".into(),
            Kind::Lost { count } => format!("lost {count}"),
            other => format!("{other:?}").to_lowercase(),
        };
        format!("{} {what}", id(event.execution))
    }

    /// Everything.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.events.iter().map(|event| self.line(event)).collect()
    }

    /// What happened to that one, but for `promised`: its caller's thread does not wait for its own.
    pub(crate) fn of_one(&self, n: usize) -> Vec<String> {
        let before = format!("{n} ");
        let its = self.lines().into_iter();
        let its = its.filter_map(|line| line.strip_prefix(&before).map(str::to_owned));
        its.filter(|line| line != "promised").collect()
    }

    /// Where that line is, which is there once.
    pub(crate) fn at(&self, line: &str) -> usize {
        let lines = self.lines();
        let at: Vec<_> = (0..lines.len()).filter(|&at| lines[at] == line).collect();
        assert_eq!(at.len(), 1, "{line} in {lines:#?}");
        at[0]
    }
}

fn ids_in(event: &Event) -> Vec<Id> {
    let other = match event.kind {
        Kind::Start { lent_by } => lent_by,
        Kind::Settle { by } => by,
        Kind::Await { promise, .. }
        | Kind::Suspend { promise }
        | Kind::Resume { promise }
        | Kind::Return { promise, .. } => Some(promise),
        Kind::Link { to } => Some(to),
        _ => None,
    };
    [Some(event.execution), event.caller, other].into_iter().flatten().collect()
}

/// What happens where this thread is the only one, so that it runs all that it awaits.
pub(crate) fn alone(f: impl FnOnce()) -> Seen {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let events = event_loop.subscribe();
    event_loop.run(f);
    let seen = Seen::of(&events);
    drop(events);
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    seen
}

/// What happens on that loop, until nothing of it is left.
pub(crate) fn on(event_loop: &EventLoop, f: impl FnOnce(&EventLoop, &mut Watch)) -> Seen {
    let _watchdog = Watchdog::over(event_loop);
    let mut watch = Watch { events: event_loop.subscribe(), seen: Vec::new() };
    event_loop.run(|| f(event_loop, &mut watch));
    tests::until_no_promises(event_loop);
    watch.seen.extend(watch.events.try_iter());
    Seen::new(watch.seen)
}

/// The same, on a loop that lends no thread.
pub(crate) fn unlent(f: impl FnOnce(&EventLoop, &mut Watch)) -> Seen {
    on(&EventLoop::builder().lend_threads(false).build(), f)
}

/// What has been seen so far.
pub(crate) struct Watch {
    events: Receiver<Event>,
    seen: Vec<Event>,
}

impl Watch {
    /// Waits until this has happened to that one.
    pub(crate) fn until(&mut self, id: Id, what: impl Fn(&Kind) -> bool) {
        let is_it = |event: &Event| event.execution == id && what(&event.kind);
        while !self.seen.iter().any(is_it) {
            self.seen.push(self.events.recv().expect("the loop is there"));
        }
    }

    /// Waits until that one is suspended.
    pub(crate) fn until_suspended(&mut self, id: Id) {
        self.until(id, |kind| matches!(kind, Kind::Suspend { .. }));
    }
}
