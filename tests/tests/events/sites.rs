//! What an event says besides what happened: places, names, threads, time.

use async_mech::trace::Kind;
use async_mech::{invocable, invoke};

use crate::seen::{alone, unlent};

#[invocable(name = "double")]
fn twice(n: u32) -> u32 {
    2 * n
}

#[test]
fn the_call_is_known_at_once_and_the_definition_when_it_is_entered() {
    let line = line!() + 1;
    let seen = alone(|| assert_eq!(invoke!(twice(4)).wait(), 8));
    let of = |is: fn(&Kind) -> bool| seen.events.iter().find(|it| is(&it.kind)).unwrap().site;
    let invoked = of(|kind| matches!(kind, Kind::Invoke));
    assert_eq!((invoked.name, invoked.function()), ("twice", "twice"));
    assert!(invoked.definition.is_none());
    let call = invoked.call.unwrap();
    assert!(call.file().ends_with("sites.rs") && call.line() == line);
    let completed = of(|kind| matches!(kind, Kind::Complete { .. }));
    assert_eq!((completed.name, completed.function()), ("twice", "double"));
    let definition = completed.definition.unwrap();
    assert!(definition.file().ends_with("sites.rs") && definition.line() < line);
    assert!(definition.module().ends_with("sites"));
    let root = of(|kind| matches!(kind, Kind::Root));
    assert_eq!((root.name, root.call.is_none()), ("root", true));
}

#[test]
fn numbers_grow_and_so_does_time_on_each_thread() {
    let seen = unlent(|_, _| (0..20).for_each(|n| assert_eq!(invoke!(twice(n)).wait(), 2 * n)));
    assert!(seen.events.is_sorted_by(|a, b| a.number < b.number));
    for event in &seen.events {
        let its = seen.events.iter().filter(|other| other.thread == event.thread);
        assert!(its.map(|event| event.time).is_sorted());
    }
    let started = seen.events.iter().filter(|event| matches!(event.kind, Kind::Start { .. }));
    let mut names: Vec<_> = started.map(|event| event.thread.name().to_owned()).collect();
    names.dedup();
    assert!(names.iter().all(|name| name.starts_with("async-mech-")), "{names:?}");
}

#[test]
fn a_root_is_introduced_to_each_loops_observers() {
    let seen = unlent(|_, _| {
        let other = unlent(|_, _| assert_eq!(invoke!(|| 1).wait(), 1));
        assert_eq!(other.lines()[0], "1 root");
        invoke!(|| 2).wait();
    });
    assert_eq!(seen.of_one(1)[0], "root");
    assert_eq!(seen.of_one(1).iter().filter(|line| *line == "root").count(), 1);
}
