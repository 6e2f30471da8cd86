//! Facts about an execution or a promise, for those who point at it.

use std::time::Duration;

use super::text;
use crate::trace::run::{Entity, Run, What};

/// How much of a failure, which may have many lines.
const FAILURE: usize = 300;

/// How a failure speaks of another's.
const AWAITED: &str = "failed, for it awaited ";

/// Whether it is the promise that nobody resolves which a `sleep` awaits. To its reader, sleeping
/// is something that an execution does, and not a promise that is abandoned in the end.
pub(super) fn is_sleep(entity: &Entity) -> bool {
    entity.what == What::Promise && entity.site.name == "sleep"
}

/// What happened, in one line, and not once more to whom.
pub(super) fn failure(entity: &Entity, message: &str, most: usize) -> String {
    let (first, more) = message.split_once('\n').map_or((message, false), |(it, _)| (it, true));
    let subject = format!("execution {} `", entity.id);
    let said = first.strip_prefix(&subject).and_then(|rest| rest.split_once(") "));
    let first = said.map_or(first, |(_, said)| said);
    // What happened to that one is told where it happened.
    if let Some((awaited, _)) = first.split_once(" `").filter(|(it, _)| it.starts_with(AWAITED)) {
        return text::line(&awaited.replace("execution ", ""), most);
    }
    text::line(&if more { format!("{first} …") } else { first.into() }, most)
}

/// How much of an id that an engine knows it by: a UUID and some numbers.
const DURABLE: usize = 48;

/// What an engine knows it as, and whether it runs there.
pub(super) fn on_engine(entity: &Entity) -> Option<String> {
    let id = text::ends(&entity.durable.as_ref()?.to_string(), DURABLE);
    let what = if entity.what == What::Remote { "on the engine" } else { "durable" };
    Some(format!("{what} as {id}"))
}

/// From its start to its end.
pub(super) fn ran(entity: &Entity) -> Duration {
    let end = entity.end.as_ref();
    match (entity.starts.first(), end) {
        (Some(start), Some(end)) => end.at.saturating_sub(start.at),
        _ => Duration::ZERO,
    }
}

/// More about it, a fact a line.
pub(super) fn details(run: &Run, entity: &Entity) -> String {
    let mut lines = vec![text::title(run, entity.id, 200)];
    if let Some(call) = entity.site.call {
        let verb = if entity.what == What::Promise { "made" } else { "invoked" };
        let by = entity.caller.map_or(String::new(), |caller| format!(" by {caller}"));
        lines.push(format!("{verb}{by} at {}:{}", text::line(call.file(), 200), call.line()));
    }
    lines.extend(on_engine(entity));
    for start in &entity.starts {
        let thread = text::line(run.threads[start.thread].name(), 60);
        let lent = start.lent_by.map_or(String::new(), |by| format!(", lent by {by}"));
        lines.push(format!("ran on {thread}{lent}"));
    }
    match entity.end.as_ref().map(|end| &end.with) {
        Some(Ok(value)) => {
            lines.push(text::value(value.as_ref(), FAILURE).unwrap_or("completed".into()));
        }
        Some(Err((_, message))) => {
            lines.push(text::value(Some(message), FAILURE).unwrap_or_default());
        }
        None if entity.what == What::Root => {}
        None => lines.push("has not ended".into()),
    }
    if entity.cancelled {
        lines.push("cancelled".into());
    }
    if let (What::Remote, Some(from), Some(end)) = (entity.what, entity.invoked, &entity.end) {
        lines.push(format!("told here after {:.1?}", end.at.saturating_sub(from)));
    }
    if !entity.starts.is_empty() && entity.end.is_some() {
        lines.push(format!("took {:.1?}", ran(entity)));
    }
    lines.join("\n")
}
