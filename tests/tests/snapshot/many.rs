//! A tree of many promises can be read: siblings that look the same are counted.

use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, State, Status, Wait, invoke, promise};
use tests::{Watchdog, occupy, until_awaited_by};

use crate::program::{shown, stopped};

fn job() {}

fn reader(gate: Promise<u32>) -> u32 {
    gate.wait()
}

#[test]
fn a_hundred_thousand_that_are_queued_take_a_few_lines() {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let jobs: Vec<_> = event_loop.run(|| (0..100_000).map(|_| invoke!(job())).collect());
    let state = event_loop.snapshot();
    assert_eq!(state.promises.len(), 100_001);
    let text = shown(state);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines[1].starts_with("├─ #2 `tests::occupy::"), "{text}");
    assert!(lines[1].ends_with(", running"), "{text}");
    assert_eq!(
        lines[2..],
        [
            "├─ #3 `job` (here), queued",
            "├─ #4 `job` (here), queued",
            "├─ #5 `job` (here), queued",
            "└─ ... and 99,997 more like #3",
        ]
    );
    drop(end);
    busy.into_iter().chain(jobs).for_each(Promise::wait);
}

#[test]
fn what_is_below_siblings_that_are_counted_is_the_same_too() {
    fn handler(gate: Promise<u32>, parts: u32) -> u32 {
        let parts: Vec<_> = (0..parts)
            .map(|_| {
                let gate = gate.clone();
                invoke!(part(gate))
            })
            .collect();
        parts.into_iter().map(Promise::wait).sum()
    }
    fn part(gate: Promise<u32>) -> u32 {
        gate.wait()
    }
    let state = stopped(false, |gate| {
        let handlers: Vec<_> = (0..12)
            .map(|n| {
                let (gate, parts) = (gate.clone(), if n == 7 { 2 } else { 1 });
                invoke!(handler(gate, parts))
            })
            .collect();
        let sum: u32 = handlers.into_iter().map(Promise::wait).sum();
        assert_eq!(sum, 13 * 42);
    });
    let text = shown(state);
    // Whose part was invoked first is up to the threads, and so are the parts' ids.
    let lines: Vec<String> = text.lines().map(without_ids).collect();
    let handler = "`handler` (here), awaits # for 1.2 s";
    let part = "`part` (here), awaits # for 1.2 s";
    let mut expected = vec![
        "# `program`, awaits # for 1.2 s".to_owned(),
        "├─ # `promise` (here), no function, pending".to_owned(),
    ];
    for _ in 0..3 {
        expected.extend([format!("├─ # {handler}"), format!("│  └─ # {part}")]);
    }
    expected.extend([
        "├─ ... and 8 more like #".to_owned(),
        format!("└─ # {handler}"),
        format!("   ├─ # {part}"),
        format!("   └─ # {part}"),
    ]);
    assert_eq!(lines, expected, "{text}");
    assert!(text.contains("and 8 more like #3\n"), "{text}");
}

fn without_ids(line: &str) -> String {
    let mut parts = line.split('#');
    let head = parts.next().unwrap().to_owned();
    parts
        .fold(head, |text, part| text + "#" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn five_that_look_the_same_are_all_shown_and_of_six_three() {
    let lines = |n| {
        let event_loop = EventLoop::builder().build();
        let _promises: Vec<_> = event_loop.run(|| (0..n).map(|_| promise::<u32>()).collect());
        event_loop.snapshot().to_string().lines().count()
    };
    assert_eq!((lines(5), lines(6), lines(1_000)), (1 + 5, 1 + 4, 1 + 4));
}

#[test]
fn siblings_that_differ_in_what_a_reader_would_ask_are_not_counted_together() {
    let state = stopped(false, |gate| {
        let (gates, resolvers): (Vec<_>, Vec<_>) = (0..2).map(|_| promise::<u32>()).unzip();
        let waiting: Vec<_> = (0..12)
            .map(|n| {
                let gate = gates[n % 2].clone();
                invoke!(reader(gate))
            })
            .collect();
        let failed: Vec<Promise<u32>> = (0..12)
            .map(|n| {
                let (p, resolver) = promise();
                resolver.fail(std::io::Error::other(["no route", "no disk"][n / 6]));
                p
            })
            .collect();
        gate.wait();
        resolvers.into_iter().for_each(|resolver| resolver.resolve(1));
        assert_eq!(waiting.into_iter().map(Promise::wait).sum::<u32>(), 12);
        failed.into_iter().for_each(|p| assert!(p.outcome().is_err()));
    });
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #2 for 1.2 s
├─ #2 `promise` (here), no function, pending
├─ #3 `promise` (here), no function, pending
├─ #4 `promise` (here), no function, pending
├─ #5 `reader` (here), awaits #3 for 1.2 s
├─ #6 `reader` (here), awaits #4 for 1.2 s
├─ #7 `reader` (here), awaits #3 for 1.2 s
├─ #8 `reader` (here), awaits #4 for 1.2 s
├─ #9 `reader` (here), awaits #3 for 1.2 s
├─ #10 `reader` (here), awaits #4 for 1.2 s
├─ ... and 3 more like #5
├─ ... and 3 more like #6
├─ #11 `promise` (here), no function, failed: no route
├─ #12 `promise` (here), no function, failed: no route
├─ #13 `promise` (here), no function, failed: no route
├─ ... and 3 more like #11
├─ #14 `promise` (here), no function, failed: no disk
├─ #15 `promise` (here), no function, failed: no disk
├─ #16 `promise` (here), no function, failed: no disk
└─ ... and 3 more like #14"
    );
}

#[test]
fn each_that_awaits_another_of_the_same_kind_is_counted() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (promises, resolvers): (Vec<_>, Vec<_>) =
        event_loop.run(|| (0..1_000).map(|_| promise::<u32>()).unzip());
    let all: Vec<_> = event_loop.run(|| promises.into_iter().map(|p| Promise::all([p])).collect());
    assert_eq!(
        shown(event_loop.snapshot()),
        "\
#1
├─ #2 `promise` (here), no function, pending
├─ #3 `promise` (here), no function, pending
├─ #4 `promise` (here), no function, pending
├─ ... and 997 more like #2
├─ #5 `all` (here), no function, awaits #2
├─ #6 `all` (here), no function, awaits #3
├─ #7 `all` (here), no function, awaits #4
└─ ... and 997 more like #5"
    );
    resolvers.into_iter().for_each(|resolver| resolver.resolve(1));
    all.into_iter().for_each(|p| assert_eq!(p.wait(), [1]));
}

#[test]
fn one_that_differs_from_the_rest_is_shown() {
    let event_loop = EventLoop::builder().build();
    let promises: Vec<_> = event_loop.run(|| (0..10).map(|_| promise::<u32>()).collect());
    let id = promises[8].0.id();
    let lines = |change: &dyn Fn(&mut State)| {
        let mut state = event_loop.snapshot();
        change(&mut state);
        state.to_string().lines().count()
    };
    assert_eq!(lines(&|_| {}), 1 + 4);
    assert_eq!(lines(&|state| state.invocations.get_mut(&id).unwrap().line += 1), 1 + 5);
    assert_eq!(lines(&|state| state.invocations.get_mut(&id).unwrap().file = "x"), 1 + 5);
    assert_eq!(lines(&|state| state.invocations.get_mut(&id).unwrap().name = "x"), 1 + 5);
    let completed = |state: &mut State| state.promises.insert(id, Status::Completed);
    assert_eq!(lines(&|state| drop(completed(state))), 1 + 5);
}

#[test]
fn one_that_awaits_in_another_way_is_shown() {
    let event_loop = EventLoop::builder().build();
    let kept = event_loop.run(|| promise::<u32>());
    let (inputs, _resolvers): (Vec<_>, Vec<_>) =
        event_loop.run(|| (0..10).map(|_| promise::<u32>()).unzip());
    let all: Vec<_> = event_loop.run(|| inputs.into_iter().map(|p| Promise::all([p])).collect());
    let (id, another) = (all[8].id(), kept.0.id());
    let lines = |change: &dyn Fn(&mut Wait)| {
        let mut state = event_loop.snapshot();
        change(&mut state.waits.get_mut(&id).unwrap()[0]);
        // Each is awaited once, so it does not count which one that is.
        state.awaiters.insert(another, vec![id]);
        state.to_string().lines().count()
    };
    let alike = 1 + 1 + 4 + 4;
    assert_eq!(lines(&|_| {}), alike);
    assert_eq!(lines(&|wait| wait.lends = true), alike + 1);
    assert_eq!(lines(&|wait| wait.since = Some(Duration::ZERO)), alike + 1);
    assert_eq!(lines(&|wait| wait.promise = another), alike + 1);
    drop(kept);
}

#[test]
fn threads_of_one_name_are_counted_too() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (gate, resolver) = event_loop.run(promise::<u32>);
    let state = thread::scope(|threads| {
        for n in 0..12 {
            let gate = gate.clone();
            let thread = thread::Builder::new().name(["reader", "writer"][n / 6].to_owned());
            thread.spawn_scoped(threads, || gate.wait()).unwrap();
        }
        until_awaited_by(&event_loop, gate.id(), 12);
        let state = event_loop.snapshot();
        resolver.resolve(1);
        state
    });
    gate.wait();
    let text = shown(state);
    // Which thread asked for its id first is up to them.
    let lines: Vec<String> = text.lines().map(without_ids).collect();
    let (reader, writer) = ("# `reader`, awaits # for 1.2 s", "# `writer`, awaits # for 1.2 s");
    let more = "... and 3 more like #";
    assert_eq!(lines.iter().filter(|line| *line == reader).count(), 3, "{text}");
    assert_eq!(lines.iter().filter(|line| *line == writer).count(), 3, "{text}");
    assert_eq!(lines.iter().filter(|line| *line == more).count(), 2, "{text}");
    assert_eq!(lines.len(), 2 + 6 + 2, "{text}");
}
