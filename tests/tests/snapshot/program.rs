//! Programs that stop at a gate, and what a snapshot of one prints.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, State, Status, current, promise};
use tests::{Watchdog, occupy};

/// Runs a program on a thread of that name until all its executions wait: for the gate, which it
/// is given, or for each other. Then takes a snapshot, and opens the gate with 42.
///
/// With `lend`, the loop has no thread for it.
pub(crate) fn stopped(lend: bool, program: impl FnOnce(Promise<u32>) + Send) -> State {
    let builder = EventLoop::builder().lend_threads(lend);
    let event_loop = if lend { builder.max_threads(1) } else { builder }.build();
    let _watchdog = Watchdog::over(&event_loop);
    let (mut busy, mut end) = (Vec::new(), None);
    if lend {
        let (promises, resume) = occupy(&event_loop, 1);
        (busy, end) = (promises, Some(resume));
    }
    let (started, starts) = channel();
    let state = thread::scope(|threads| {
        let run = || {
            event_loop.run(|| {
                let (gate, resolver) = promise();
                started.send((current().id(), gate.id(), resolver)).unwrap();
                program(gate);
            });
        };
        let thread = thread::Builder::new().name("program".to_owned());
        let thread = thread.spawn_scoped(threads, run).unwrap();
        let (root, gate, resolver) = starts.recv().unwrap();
        let mut before = Vec::new();
        let state = loop {
            let mut state = event_loop.snapshot();
            for p in &busy {
                state.promises.remove(&p.id());
                state.invocations.remove(&p.id());
            }
            let waits = |id| state.waits.contains_key(id);
            let mut promises = state.promises.iter();
            let all_wait = promises.all(|(id, status)| match status {
                Status::Queued => false,
                Status::Pending => waits(id) || !state.invocations[id].function,
                _ => true,
            });
            if all_wait && waits(&root) && !state.awaiters[&gate].is_empty() {
                // One may have been invoked since this began to look.
                let ids: Vec<_> = state.promises.keys().copied().collect();
                if std::mem::replace(&mut before, ids.clone()) == ids {
                    break state;
                }
            }
            thread::yield_now();
        };
        resolver.resolve(42);
        thread.join().unwrap();
        state
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    state
}

/// What the state prints, as if each wait had lasted for 1.2 s, with the ids that are seen counted
/// from 1, and without files and lines.
pub(crate) fn shown(mut state: State) -> String {
    let waits = state.waits.values_mut().flatten();
    waits.filter_map(|wait| wait.since.as_mut()).for_each(|since| {
        *since = Duration::from_millis(1_234);
    });
    let text = without_places(&state.to_string());
    let digits = |part: &str| part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    let parts: Vec<(&str, &str)> =
        text.split('#').skip(1).map(|part| part.split_at(digits(part))).collect();
    let id = |digits: &str| digits.parse::<u64>().unwrap();
    let ids: BTreeSet<u64> = parts.iter().map(|(digits, _)| id(digits)).collect();
    let head = text.split('#').next().unwrap().to_owned();
    parts.into_iter().fold(head, |text, (digits, rest)| {
        let rank = ids.range(..=id(digits)).count();
        format!("{text}#{rank}{rest}")
    })
}

/// Puts `(here)` in place of `(file:line)`.
fn without_places(text: &str) -> String {
    let mut parts = text.split(" (tests/");
    let head = parts.next().unwrap().to_owned();
    parts.fold(head, |text, part| format!("{text} (here{}", &part[part.find(')').unwrap()..]))
}
