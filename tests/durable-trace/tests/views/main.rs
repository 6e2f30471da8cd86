//! What each view of a run shows of executions that a durable engine runs, and of those that it knows
//! and that run here; and that nothing is there of it where there are none.

mod drawn;
mod hostile;
mod mermaid;
mod perfetto;
mod records;
#[path = "../../../tests/perfetto/rules.rs"]
mod rules;

use async_mech::Id;
use async_mech::trace::{Event, Kind, Trace};

/// Those of that function, in order.
fn ids(trace: &Trace, function: &str) -> Vec<Id> {
    let mut ids: Vec<Id> = Vec::new();
    for event in trace.events().iter().filter(|event| event.site.function() == function) {
        if !ids.contains(&event.execution) {
            ids.push(event.execution);
        }
    }
    ids
}

/// The promise of that function which an engine runs.
fn remote(trace: &Trace, function: &str) -> Id {
    let is_remote = |event: &&Event| {
        matches!(event.kind, Kind::Durable { here: false, .. }) && event.site.function() == function
    };
    trace.events().iter().find(is_remote).expect("it is remote").execution
}

/// Words that only durable executions have.
fn assert_local(text: &str) {
    for word in ["engine", "durable as", "durable id", "remote", "inner", "<br/>", "box rgba"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}
