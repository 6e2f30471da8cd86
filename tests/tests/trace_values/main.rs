//! What observers are shown of arguments and results.

/// The arguments of the one annotated function that a call enters first. Its value does not matter,
/// and may borrow.
macro_rules! arguments {
    ($call:expr) => {
        crate::arguments_of(move || {
            let _ = $call;
        })
    };
}

/// The result of an invoked call.
macro_rules! result {
    ($call:expr) => {{
        let events = crate::events_of(|| async_mech::invoke!(|| $call).wait());
        let completed = crate::results_in(&events);
        assert_eq!(completed.len(), 1, "{events:#?}");
        completed.into_iter().next().unwrap()
    }};
}

mod arguments;
mod cfgs;
mod generics;
mod hostile;
mod lints;
mod macros;
mod methods;
mod results;
mod skip;

use async_mech::EventLoop;
use async_mech::trace::{Event, Kind};
use tests::Watchdog;

/// What is seen of a run on a loop of its own.
fn events_of<T>(f: impl FnOnce() -> T) -> Vec<Event> {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let events = event_loop.subscribe();
    drop(event_loop.run(f));
    // Whatever was awaited has been told before the await returned.
    events.try_iter().collect()
}

/// The arguments of those that entered the functions they run, in order: `n = 1, text = "x"`.
fn arguments_in(events: &[Event]) -> Vec<String> {
    let entered = events.iter().filter_map(|event| match &event.kind {
        Kind::Enter { arguments } => Some(arguments),
        _ => None,
    });
    let shown = |arguments: &[(&str, async_mech::trace::Text)]| {
        let arguments: Vec<_> =
            arguments.iter().map(|(name, text)| format!("{name} = {text}")).collect();
        arguments.join(", ")
    };
    entered.map(|arguments| shown(arguments)).collect()
}

/// The values that executions completed with, in order; `-` where none is shown.
fn results_in(events: &[Event]) -> Vec<String> {
    let completed = events.iter().filter_map(|event| match &event.kind {
        Kind::Complete { value } => Some(value),
        _ => None,
    });
    completed
        .map(|value| value.as_ref().map_or("-".to_owned(), |value| value.to_string()))
        .collect()
}

/// Uses what it is given.
fn uses<T>(_: T) {}

/// The arguments of the one function that `f`, invoked, calls.
fn arguments_of(f: impl FnOnce() + Send + 'static) -> String {
    let events = events_of(|| async_mech::invoke!(f()).wait());
    let entered = arguments_in(&events);
    assert_eq!(entered.len(), 1, "{events:#?}");
    entered.into_iter().next().unwrap()
}
