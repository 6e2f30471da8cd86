//! A deep tree can be read: of recursion that looks the same a part is shown, and no line is
//! indented for ever.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use async_mech::{EventLoop, Id, Invocation, Promise, State, current, invoke, promise};
use tests::{Random, Watchdog, until_completed};

use crate::program::{shown, stopped};

/// Awaits its callee, which awaits its callee; the last one awaits the gate.
fn down(n: u32, gate: Promise<u32>) -> u32 {
    if n == 0 { gate.wait() } else { invoke!(down(n - 1, gate)).wait() }
}

#[test]
fn of_recursion_the_beginning_and_the_end_are_shown() {
    let state = stopped(true, |gate| assert_eq!(down(100, gate), 42));
    assert_eq!(
        shown(state),
        "\
#1 `program`, awaits #3 (lends it its thread)
├─ #2 `promise` (here), no function, pending
└─ #3 `down` (here), awaits #4 (lends it its thread)
   └─ #4 `down` (here), awaits #5 (lends it its thread)
      └─ #5 `down` (here), awaits #6 (lends it its thread)
         └─ ... and 95 more like #5, each invoked by the one before
            └─ #7 `down` (here), awaits #8 (lends it its thread)
               └─ #8 `down` (here), awaits #2 for 1.2 s"
    );
}

#[test]
fn short_recursion_is_shown_as_a_whole() {
    let lines = |n| {
        let state = stopped(true, |gate| assert_eq!(down(n, gate), 42));
        shown(state).lines().count()
    };
    // The program, the gate and the last one look different.
    assert_eq!((lines(9), lines(10), lines(100)), (3 + 8, 3 + 5, 3 + 5));
}

/// A chain of promises that `change` may alter, each invoked by the one before; from the outermost.
fn chain(n: usize, change: impl Fn(usize, &mut Invocation)) -> State {
    let event_loop = EventLoop::builder().build();
    let promises: Vec<_> = event_loop.run(|| (0..n).map(|_| promise::<u32>()).collect());
    let mut state = event_loop.snapshot();
    for i in 0..n {
        let invocation = state.invocations.get_mut(&promises[i].0.id()).unwrap();
        if i > 0 {
            invocation.caller = Some(promises[i - 1].0.id());
        }
        change(i, invocation);
    }
    state
}

#[test]
fn beyond_a_depth_lines_name_their_caller_instead_of_being_indented() {
    let state = chain(30, |i, invocation| invocation.name = ["even", "odd"][i % 2]);
    let text = shown(state);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 31);
    assert_eq!(lines[0], "#1");
    for (depth, line) in lines.iter().enumerate().skip(1) {
        let (id, name) = (depth + 1, ["even", "odd"][(depth - 1) % 2]);
        let indent = "   ".repeat(depth.min(20) - 1);
        let (end, by) = match depth {
            ..20 => ("└─", String::new()),
            20 => ("├─", String::new()),
            30 => ("└─", format!(", invoked by #{depth}")),
            _ => ("├─", format!(", invoked by #{depth}")),
        };
        let expected = format!("{indent}{end} #{id} `{name}` (here){by}, no function, pending");
        assert_eq!(*line, expected, "{text}");
    }
}

#[test]
fn recursion_that_invokes_something_else_as_well_is_shown_as_a_whole() {
    let event_loop = EventLoop::builder().build();
    let promises: Vec<_> = event_loop.run(|| (0..30).map(|_| promise::<u32>()).collect());
    let ids: Vec<Id> = promises.iter().map(|(p, _)| p.id()).collect();
    let mut state = event_loop.snapshot();
    // Each odd one has invoked the next odd one, and then an even one.
    for i in 1..ids.len() {
        let invocation = state.invocations.get_mut(&ids[i]).unwrap();
        invocation.caller = Some(ids[((i - 1) / 2 * 2).saturating_sub(1)]);
        invocation.name = ["also", "down"][i % 2];
    }
    assert_eq!(state.to_string().lines().count(), 1 + 30);
}

#[test]
fn a_chain_of_a_hundred_thousand_prints_whether_or_not_it_looks_the_same() {
    let same = chain(100_000, |_, _| {}).to_string();
    assert_eq!(same.lines().count(), 1 + 3 + 1 + 1, "{same}");
    assert!(same.contains("... and 99,996 more like #"), "{same}");
    let unlike = chain(100_000, |i, invocation| invocation.line = i as u32).to_string();
    assert_eq!(unlike.lines().count(), 100_001);
    let longest = unlike.lines().map(|line| line.chars().count()).max();
    assert!(longest < Some(200), "{longest:?}");
}

#[test]
fn executions_that_ended_without_their_callees_are_a_chain_too() {
    fn count_down(n: u32, held: Arc<Mutex<Vec<Promise<()>>>>) {
        if n > 0 {
            let also = Arc::clone(&held);
            let p = invoke!(count_down(n - 1, also));
            held.lock().unwrap().push(p);
        }
    }
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let held = Arc::new(Mutex::new(Vec::new()));
    event_loop.run(|| count_down(20_000, Arc::clone(&held)));
    while held.lock().unwrap().len() < 20_000 {
        thread::yield_now();
    }
    held.lock().unwrap().iter().for_each(until_completed);
    assert_eq!(
        shown(event_loop.snapshot()),
        "\
#1
└─ #2 `count_down` (here), completed
   └─ #3 `count_down` (here), completed
      └─ #4 `count_down` (here), completed
         └─ ... and 19,996 more like #4, each invoked by the one before
            └─ #5 `count_down` (here), completed"
    );
}

/// Each promise stands once, below its caller.
#[test]
fn random_forests_print_as_they_are() {
    let mut random = Random::new(7);
    for round in 0..200 {
        let n = 1 + random.below(60) as usize;
        let reach = 1 + random.below(4) as usize * 10;
        let mut callers = BTreeMap::new();
        let mut ids: Vec<Id> = vec![current().id()];
        let event_loop = EventLoop::builder().build();
        let promises: Vec<_> = event_loop.run(|| (0..n).map(|_| promise::<u32>()).collect());
        let mut state = event_loop.snapshot();
        for (p, _) in &promises {
            let near = ids.len().min(reach) as u64;
            let caller = ids[ids.len() - 1 - random.below(near) as usize];
            let invocation = state.invocations.get_mut(&p.id()).unwrap();
            // No two look the same.
            (invocation.caller, invocation.line) = (Some(caller), ids.len() as u32);
            callers.insert(p.id().to_string(), caller.to_string());
            ids.push(p.id());
        }
        let text = state.to_string();
        let mut above: Vec<String> = Vec::new();
        for line in text.lines() {
            let (indent, line) = line.split_at(line.find('#').unwrap());
            let depth = indent.chars().count() / 3;
            let id = line.split(' ').next().unwrap().to_owned();
            if depth == 0 {
                assert_eq!(id, ids[0].to_string());
            } else {
                let caller = callers.remove(&id).expect("each is shown once");
                match line.split_once(", invoked by ") {
                    Some((_, by)) => assert_eq!(by.split(',').next(), Some(&*caller), "{text}"),
                    None => assert_eq!(above[depth - 1], caller, "round {round}:\n{text}"),
                }
            }
            above.truncate(depth);
            above.push(id);
        }
        assert!(callers.is_empty(), "all are shown:\n{text}");
        assert_lines_join(&text);
    }
}

/// A `│` or `├` leads down to a line of its own, and a `└` does not.
fn assert_lines_join(text: &str) {
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let end = [Vec::new()];
    for (above, below) in lines.iter().zip(lines[1..].iter().chain(&end)) {
        for (at, c) in above.iter().take_while(|c| **c != '#').enumerate() {
            let indented = below.iter().take_while(|c| **c != '#').count() > at;
            let continued = indented && matches!(below.get(at), Some('│' | '├' | '└'));
            match c {
                '│' | '├' => assert!(continued, "{text}"),
                '└' => assert!(!continued, "{text}"),
                _ => {}
            }
        }
    }
}
