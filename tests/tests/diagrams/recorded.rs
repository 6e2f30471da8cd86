//! Runs to be drawn, the same each time.

use async_mech::EventLoop;
use async_mech::trace::{Event, Trace};
use tests::{Watchdog, occupy};

/// The events of `f` where the loop's only thread is busy: whatever is invoked runs on the thread
/// of whoever awaits it, so there is one order.
pub(crate) fn events(f: impl FnOnce()) -> Vec<Event> {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    // Of this loop alone: tests run at the same time.
    let channel = event_loop.subscribe();
    event_loop.run(f);
    let events = channel.try_iter().collect();
    drop(end);
    busy.into_iter().for_each(async_mech::Promise::wait);
    events
}

pub(crate) fn recorded(f: impl FnOnce()) -> Trace {
    Trace::of(events(f))
}

/// The text with its ids counted from 1, as other tests use up ids too.
pub(crate) fn renumbered(text: &str) -> String {
    let ids = pieces(text).filter_map(|(_, id)| id);
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let number = |id| ids.binary_search(&id).expect("it is there") + 1;
    let counted = |(text, id): (&str, Option<u64>)| match id {
        Some(id) => format!("{text}{}", number(id)),
        None => String::from(text),
    };
    pieces(text).map(counted).collect()
}

/// What stands before each id, and the id. Ids follow `#`, in Mermaid's code or not, and `E` and `P`
/// as the names of participants and nodes.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<u64>)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        while let Some(at) = rest[end..].find(['#', 'E', 'P']).map(|at| end + at) {
            let after = &rest[at + 1..];
            let after = after.strip_prefix("35;").unwrap_or(after);
            let start = rest.len() - after.len();
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let code = after[digits..].starts_with(';');
            if digits > 0 && !code {
                let piece = (&rest[..start], after[..digits].parse().ok());
                rest = &after[digits..];
                return Some(piece);
            }
            end = at + 1;
        }
        Some((std::mem::take(&mut rest), None))
    })
}
