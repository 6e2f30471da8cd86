//! Parts of runs, and sequences of events that no run would give.

use std::time::Duration;

use async_mech::trace::{Event, Kind, Returned, Trace};
use async_mech::{FailureKind, Id, Promise, invoke, promise};
use tests::Random;

use crate::drawn::parsed;
use crate::recorded::events;

/// The events of a run that has most kinds of them.
fn mixed() -> Vec<Event> {
    events(|| {
        let (p, resolver) = promise::<u32>();
        let (q, other) = promise();
        let all = Promise::all([p.clone(), q]);
        let sum = invoke!(move || p.wait() + invoke!(|| 1).wait());
        resolver.resolve(1);
        other.resolve(8);
        assert_eq!(all.wait(), [1, 8]);
        assert_eq!(sum.wait(), 2);
        let cancelled = invoke!(|| 1);
        cancelled.cancel();
        assert!(cancelled.outcome().is_err());
        assert!(invoke!(|| -> u32 { panic!("meant") }).outcome().is_err());
    })
}

fn check(trace: &Trace) {
    parsed(&trace.entities().svg());
    parsed(&trace.sequence().svg());
    parsed(&trace.timeline().svg());
    let sequence = trace.sequence().mermaid();
    let mut running = Vec::new();
    for line in sequence.lines().map(str::trim) {
        if let Some(who) = line.strip_prefix("activate ") {
            assert!(!running.contains(&who), "{sequence}");
            running.push(who);
        } else if let Some(who) = line.strip_prefix("deactivate ") {
            assert!(running.contains(&who), "{sequence}");
            running.retain(|other| *other != who);
        }
    }
    assert!(running.is_empty(), "{sequence}");
    let entities = trace.entities().mermaid();
    for line in entities.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
    }
}

#[test]
fn no_event_is_a_diagram_too() {
    check(&Trace::of([]));
}

#[test]
fn any_part_of_a_run_can_be_drawn() {
    let events = mixed();
    for from in 0..events.len() {
        for to in [from + 1, (from + events.len()) / 2 + 1, events.len()] {
            check(&Trace::of(events[from..to.min(events.len())].to_vec()));
        }
    }
}

#[test]
fn who_has_not_ended_is_named() {
    let mut events = mixed();
    let completes = |event: &Event| matches!(event.kind, Kind::Complete { .. });
    let end = events.iter().position(completes).expect("something completes");
    events.truncate(end);
    let trace = Trace::of(events);
    check(&trace);
    assert!(trace.sequence().mermaid().contains("not ended"));
    assert!(trace.timeline().svg().contains("… not ended"));
    assert!(trace.entities().svg().contains("pending"));
}

#[test]
fn what_was_lost_is_said() {
    let mut events = mixed();
    let mut lost = events[events.len() / 2].clone();
    lost.kind = Kind::Lost { count: 1_700 };
    events.insert(events.len() / 2, lost);
    let trace = Trace::of(events);
    check(&trace);
    assert!(trace.sequence().svg().contains("1,700 events missing here"));
    assert!(trace.sequence().mermaid().contains("1,700 events missing here"));
    for svg in [trace.entities().svg(), trace.timeline().svg()] {
        assert!(svg.contains("1,700 events not recorded"));
    }
}

/// A kind of event, about any of these.
fn kind(random: &mut Random, ids: &[Id], events: &[Event]) -> Kind {
    let id = ids[random.below(ids.len() as u64) as usize];
    let any = &events[random.below(events.len() as u64) as usize];
    let returned = [Returned::Outcome, Returned::TimedOut, Returned::Cancelled, Returned::Deadlock];
    match random.below(11) {
        0 => Kind::Start { lent_by: random.once_in(2).then_some(id) },
        1 => Kind::Suspend { promise: id },
        2 => Kind::Resume { promise: id },
        3 => Kind::Link { to: id },
        4 => Kind::Settle { by: random.once_in(2).then_some(id) },
        5 => Kind::Lost { count: random.below(5) },
        6 => Kind::Cancel,
        7 => Kind::Return { promise: id, with: returned[random.below(4) as usize] },
        8 => match &any.kind {
            Kind::Fail { message, .. } => {
                Kind::Fail { kind: FailureKind::Deadlock, message: message.clone() }
            }
            _ => Kind::Complete { value: None },
        },
        9 => match &any.kind {
            Kind::Await { at, .. } => Kind::Await { promise: id, at },
            _ => Kind::Root,
        },
        _ => any.kind.clone(),
    }
}

/// Events of some run, about one another, in no sensible order.
fn nonsense(random: &mut Random, base: &[Event]) -> Trace {
    let ids: Vec<_> = base.iter().map(|event| event.execution).collect();
    let names = ["f", "sleep", "</svg>", "end", "\u{202e}"];
    let count = random.below(60);
    let made = (0..count).map(|number| {
        let mut event = base[random.below(base.len() as u64) as usize].clone();
        event.kind = kind(random, &ids, base);
        event.number = number;
        // Time may stand still, and go back.
        event.time = Duration::from_nanos(random.below(1 << 20) * random.below(3));
        let any = |random: &mut Random| ids[random.below(ids.len() as u64) as usize];
        if random.once_in(3) {
            event.execution = any(random);
        }
        if random.once_in(3) {
            event.caller = random.once_in(4).then(|| any(random));
        }
        if random.once_in(5) {
            event.site.name = names[random.below(names.len() as u64) as usize];
        }
        if random.once_in(9) {
            event.site.call = None;
        }
        event
    });
    Trace::of(made.collect::<Vec<_>>())
}

/// A few of them, for Mermaid to read.
pub(crate) fn some() -> Vec<Trace> {
    let base = mixed();
    (0..40).map(|seed| nonsense(&mut Random::new(seed), &base)).collect()
}

#[test]
fn no_sequence_of_events_breaks_a_drawing() {
    let base = mixed();
    for seed in 0..600 {
        let mut random = Random::new(seed);
        let trace = nonsense(&mut random, &base);
        check(&trace);
        let most = random.below(8) as usize;
        parsed(&trace.entities().at_most(most).svg());
        parsed(&trace.sequence().at_most(most).svg());
        parsed(&trace.timeline().at_most(most).svg());
    }
}
