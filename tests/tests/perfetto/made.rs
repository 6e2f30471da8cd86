//! Files of events that no run would give: hostile names, parts of runs, random sequences.

use std::time::Duration;

use async_mech::trace::{Event, Kind, Trace};
use async_mech::{EventLoop, FailureKind, Id, Promise, invocable, invoke, promise};
use tests::Random;

use crate::rules::check;

/// The events of a run that has most kinds of them.
fn events() -> Vec<Event> {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let events = event_loop.subscribe();
    event_loop.run(|| {
        let (p, resolver) = promise::<u32>();
        let sum = invoke!(move || p.wait() + invoke!(|| 1).wait());
        let cancelled = promise::<u32>().0;
        cancelled.cancel();
        let all = Promise::all([sum, invoke!(twice(4))]);
        resolver.resolve(1);
        assert_eq!(all.wait(), [2, 8]);
        assert!(invoke!(|| -> u32 { panic!("meant") }).then(|n| n).outcome().is_err());
    });
    let mut events: Vec<_> = events.try_iter().collect();
    events.sort_by_key(|event| event.number);
    events
}

#[invocable]
fn twice(n: u32) -> u32 {
    2 * n
}

const HOSTILE: [&str; 7] = [
    "quotes \" ' ` and \\ backslashes",
    "lines\n\r\n\u{2028}\u{2029}",
    "</script><!--",
    "\u{202e}right to left\u{202c} \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "\0\u{1}\u{1f}\u{7f}\u{9f}\u{feff}",
    "\\ud800 \\udfff \u{fffd} \u{10ffff}",
    "",
];

#[test]
fn hostile_names_come_back_as_they_were() {
    let mut events = events();
    for name in HOSTILE {
        for event in &mut events {
            event.site.name = name;
            event.site.definition = None;
        }
        let file = check(&Trace::of(events.clone()).perfetto());
        assert!(file.slices.iter().any(|slice| slice.name == name), "{name:?}");
        assert!(file.slices.iter().any(|slice| slice.name == format!("invoke {name}")));
    }
}

#[test]
fn values_are_hostile_too() {
    for text in HOSTILE {
        let event_loop = EventLoop::builder().build();
        let events = event_loop.subscribe();
        event_loop.run(|| invoke!(move || text).wait());
        let file = check(&Trace::of(events.try_iter()).perfetto());
        let value = serde_json::Value::from(format!("{text:?}"));
        assert!(file.slices.iter().any(|slice| slice.args["value"] == value), "{text:?}");
    }
}

#[test]
fn no_event_is_a_file_too() {
    let file = check(&Trace::of([]).perfetto());
    assert!(file.slices.is_empty() && file.names.is_empty());
}

#[test]
fn any_part_of_a_run_is_a_file() {
    let events = events();
    for from in 0..events.len() {
        for to in [from + 1, (from + events.len()) / 2 + 1, events.len()] {
            check(&Trace::of(events[from..to.min(events.len())].to_vec()).perfetto());
        }
    }
}

#[test]
fn what_was_lost_is_said() {
    let mut events = events();
    let mut lost = events[events.len() / 2].clone();
    lost.kind = Kind::Lost { count: 17 };
    events.insert(events.len() / 2, lost);
    let file = check(&Trace::of(events).perfetto());
    assert_eq!(file.instants.iter().filter(|it| it["name"] == "17 events were lost").count(), 1);

    let recording = Trace::start_with_room_for(4);
    for _ in 0..10 {
        invoke!(|| 1).wait();
    }
    let trace = recording.stop();
    assert!(trace.lost() > 0);
    let file = check(&trace.perfetto());
    let said = format!("{} events were lost", trace.lost());
    assert!(file.instants.iter().any(|it| it["name"] == said.as_str()), "{file:#?}");
}

/// Another kind of event, about some of these.
fn kind(random: &mut Random, ids: &[Id], events: &[Event]) -> Kind {
    let id = ids[random.below(ids.len() as u64) as usize];
    let any = &events[random.below(events.len() as u64) as usize];
    match random.below(8) {
        0 => Kind::Start { lent_by: random.once_in(2).then_some(id) },
        1 => Kind::Suspend { promise: id },
        2 => Kind::Resume { promise: id },
        3 => Kind::Link { to: id },
        4 => Kind::Settle { by: Some(id) },
        5 => Kind::Lost { count: random.below(5) },
        6 => match &any.kind {
            Kind::Fail { message, .. } => {
                Kind::Fail { kind: FailureKind::Deadlock, message: message.clone() }
            }
            _ => Kind::Complete { value: None },
        },
        _ => any.kind.clone(),
    }
}

#[test]
fn no_time_is_too_late() {
    let mut events = events();
    for (n, event) in events.iter_mut().enumerate() {
        event.time = if n == 0 { Duration::ZERO } else { Duration::MAX };
    }
    let json = Trace::of(events).perfetto();
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

#[test]
fn random_events_break_no_rule() {
    let events = events();
    let ids: Vec<Id> = events.iter().map(|event| event.execution).collect();
    for seed in 0..1_500 {
        let mut random = Random::new(seed);
        let some: Vec<Event> = (0..random.below(120))
            .map(|number| {
                let mut event = events[random.below(events.len() as u64) as usize].clone();
                event.number = number;
                if random.once_in(2) {
                    event.kind = kind(&mut random, &ids, &events);
                }
                event.execution = ids[random.below(ids.len() as u64) as usize];
                event.time = match random.below(20) {
                    0 => Duration::from_secs(86_400),
                    1 => Duration::ZERO,
                    _ => Duration::from_nanos(random.below(2_000)),
                };
                event
            })
            .collect();
        check(&Trace::of(some).perfetto());
    }
}
