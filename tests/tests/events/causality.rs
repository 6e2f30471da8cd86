//! What holds for the events of any program: causes come first, everything ends once, and the state
//! at the end of a trace is the loop's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use async_mech::crossbeam_channel::Receiver;
use async_mech::trace::{Event, Kind, Progress, Returned, Trace};
use async_mech::{EventLoop, Id, State, Status};
use tests::{Random, Watchdog, until_no_promises};

use crate::program::{Gates, node, waits};

/// What has happened to one execution or promise so far.
#[derive(Debug, Default)]
struct One {
    root: bool,
    made: bool,
    function: bool,
    promised: bool,
    starts: u32,
    ended: bool,
    freed: bool,
    cancels: u32,
    /// What it awaits, and whether it is suspended in that.
    awaits: Vec<(Id, bool)>,
}

/// Checks a whole run, in the order of the events' numbers.
fn check(events: &[Event]) {
    let mut all: HashMap<Id, One> = HashMap::new();
    let mut numbers = HashSet::new();
    let mut times: HashMap<u64, Duration> = HashMap::new();
    for event in events {
        let at = || format!("{event:?}");
        assert!(numbers.insert(event.number), "{}", at());
        let time = times.entry(event.thread.number()).or_default();
        assert!(*time <= event.time, "{}", at());
        *time = event.time;
        let ended = |all: &HashMap<Id, One>, id: Id| all.get(&id).is_some_and(|one| one.ended);
        match &event.kind {
            Kind::Return { promise, with: Returned::Outcome } => {
                assert!(ended(&all, *promise), "{}", at());
            }
            Kind::Settle { by: Some(by) } => assert!(ended(&all, *by), "{}", at()),
            Kind::Start { lent_by: Some(lender) } => {
                assert!(!ended(&all, *lender), "{}", at());
                // It awaits, or joins a scope.
                assert_ne!(*lender, event.execution, "{}", at());
            }
            _ => {}
        }
        let one = all.entry(event.execution).or_default();
        match &event.kind {
            Kind::Root => assert!(!std::mem::replace(&mut one.root, true), "{}", at()),
            Kind::Invoke | Kind::Create => {
                assert!(!std::mem::replace(&mut one.made, true), "{}", at());
                one.function = matches!(event.kind, Kind::Invoke);
            }
            Kind::Promised => {
                assert!(one.made && one.function && !one.freed, "{}", at());
                assert!(!std::mem::replace(&mut one.promised, true), "{}", at());
            }
            Kind::Start { .. } => {
                assert!(one.made && one.function && !one.ended, "{}", at());
                one.starts += 1;
                assert!(one.starts <= 2, "{}", at());
            }
            Kind::Enter { .. } => assert!(one.starts > 0 && !one.ended, "{}", at()),
            Kind::Complete { .. } => {
                assert!(one.made && (!one.function || one.starts > 0), "{}", at());
                assert!(!std::mem::replace(&mut one.ended, true), "{}", at());
                assert!(one.awaits.is_empty(), "{} {one:?}", at());
            }
            Kind::Fail { .. } => {
                assert!(one.made && one.awaits.is_empty(), "{} {one:?}", at());
                assert!(!std::mem::replace(&mut one.ended, true), "{}", at());
            }
            Kind::Cancel => {
                assert!(one.made, "{}", at());
                one.cancels += 1;
                assert_eq!(one.cancels, 1, "{}", at());
            }
            Kind::Free => {
                assert!(one.ended, "{}", at());
                assert!(!std::mem::replace(&mut one.freed, true), "{}", at());
            }
            Kind::Await { promise, .. } => {
                assert!(one.root || (one.starts > 0 && !one.ended), "{}", at());
                one.awaits.push((*promise, false));
            }
            Kind::Suspend { promise } => {
                assert_eq!(one.awaits.last(), Some(&(*promise, false)), "{}", at());
                one.awaits.last_mut().unwrap().1 = true;
            }
            Kind::Resume { promise } => {
                assert_eq!(one.awaits.last(), Some(&(*promise, true)), "{}", at());
                one.awaits.last_mut().unwrap().1 = false;
            }
            Kind::Return { promise, .. } => {
                assert_eq!(one.awaits.pop(), Some((*promise, false)), "{}", at());
            }
            Kind::Lost { .. } => panic!("{}", at()),
            _ => {}
        }
    }
    for (id, one) in all {
        assert!(one.awaits.is_empty(), "{id} {one:?}");
        assert!(one.root || (one.made && one.ended && one.freed), "{id} {one:?}");
        assert!(!one.function || one.starts > 0 || one.ended, "{id} {one:?}");
    }
}

fn random_programs(event_loop: &EventLoop, first_seed: u64) {
    for seed in first_seed..first_seed + 25 {
        let _watchdog = Watchdog::over(event_loop);
        let events = event_loop.subscribe_bounded(1 << 20);
        let root = event_loop.invoke(move || node(seed, 4));
        if seed % 3 == 0 {
            root.cancel();
        }
        let _ = root.outcome();
        until_no_promises(event_loop);
        let trace = Trace::of(events.try_iter());
        check(trace.events());
        let end = trace.state_after(usize::MAX);
        assert!(end.promises.is_empty() && end.awaiters.is_empty(), "seed {seed}: {end}");
    }
}

#[test]
fn of_random_programs() {
    random_programs(&EventLoop::builder().build(), 1_000);
}

#[test]
fn of_random_programs_that_lend_no_thread() {
    random_programs(&EventLoop::builder().lend_threads(false).build(), 2_000);
}

#[test]
fn of_random_programs_at_a_ceiling() {
    random_programs(&EventLoop::builder().max_threads(1).build(), 3_000);
    random_programs(&EventLoop::builder().max_threads(2).lend_threads(false).build(), 4_000);
}

type Comparable = (BTreeMap<Id, Progress>, BTreeMap<Id, Vec<Id>>);

fn sorted(awaiters: &BTreeMap<Id, Vec<Id>>) -> BTreeMap<Id, Vec<Id>> {
    let mut awaiters = awaiters.clone();
    for by in awaiters.values_mut() {
        by.sort_unstable();
        // A scope that is joined once more is registered once more.
        by.dedup();
    }
    awaiters
}

fn of_snapshot(state: &State) -> Comparable {
    let progress = |status: &Status| match status {
        Status::Queued => Progress::Queued,
        Status::Pending => Progress::Pending,
        Status::Completed => Progress::Completed,
        Status::Failed(failure) => Progress::Failed(failure.to_string()),
        _ => unreachable!("there is no other"),
    };
    let promises = state.promises.iter().map(|(id, status)| (*id, progress(status))).collect();
    (promises, sorted(&state.awaiters))
}

/// Waits until trace and loop agree, which they do once nothing happens any more.
fn until_they_agree(event_loop: &EventLoop, events: &Receiver<Event>, seen: &mut Vec<Event>) {
    let mut quiet = 0;
    loop {
        seen.extend(events.try_iter());
        let trace = Trace::of(seen.iter().cloned());
        let replay = trace.state_after(usize::MAX);
        let replay = (replay.promises.clone(), sorted(&replay.awaiters));
        let snapshot = of_snapshot(&event_loop.snapshot());
        if replay == snapshot && events.is_empty() {
            return;
        }
        quiet = if events.is_empty() { quiet + 1 } else { 0 };
        // Nothing has happened for long: this is not going to change.
        assert!(quiet < 3_000, "{replay:#?}\n{snapshot:#?}\n{:#?}", trace.events());
        std::thread::sleep(Duration::from_millis(if quiet > 100 { 5 } else { 0 }));
    }
}

fn states(event_loop: &EventLoop, first_seed: u64) {
    for seed in first_seed..first_seed + 20 {
        let _watchdog = Watchdog::over(event_loop);
        let events = event_loop.subscribe_bounded(1 << 20);
        let mut seen = Vec::new();
        let (mut random, gates) = (Random::new(seed), Gates::default());
        let root = event_loop.run(|| waits(&mut random, 3, &gates));
        until_they_agree(event_loop, &events, &mut seen);
        loop {
            let mut closed = gates.lock().unwrap();
            if closed.is_empty() {
                break;
            }
            let at = random.below(closed.len() as u64) as usize;
            let gate = closed.swap_remove(at);
            drop(closed);
            if random.once_in(6) {
                drop(gate)
            } else {
                gate.resolve(2)
            }
            until_they_agree(event_loop, &events, &mut seen);
        }
        let _ = root.outcome();
        until_no_promises(event_loop);
        until_they_agree(event_loop, &events, &mut seen);
    }
}

#[test]
fn a_replay_is_what_a_snapshot_was() {
    states(&EventLoop::builder().build(), 5_000);
}

#[test]
fn a_replay_is_what_a_snapshot_was_without_lending() {
    states(&EventLoop::builder().lend_threads(false).build(), 6_000);
}

#[test]
fn a_replay_is_what_a_snapshot_was_at_a_ceiling() {
    states(&EventLoop::builder().max_threads(1).build(), 7_000);
}
