//! A circle of executions: which await is to end, and what it says.

use std::fmt::Write;
use std::panic::Location;
use std::sync::Arc;

use super::graph::Node;
use crate::failure::{Failure, FailureKind, Who};
use crate::threads::waiter::{Waiter, Waiting};

/// Executions that the message has a line for, at each end of a longer circle.
const LINES: usize = 500;

/// One execution of the circle, or a promise that depends on others.
struct Step {
    who: Who,
    /// Where it awaits the next one; a promise does not.
    at: Option<&'static Location<'static>>,
}

/// The await that ends: the thread's own, or if that is a join, the latest one that is none.
/// `path` leads from the promise that the thread awaits to an execution of the thread.
pub(super) fn break_up(
    thread: &Arc<Waiter>,
    path: &[&Node],
) -> Option<(Arc<Waiter>, u64, Failure)> {
    let threads = || path.iter().rev().filter_map(|node| node.thread());
    let is_join = |waiter: &Arc<Waiter>| waiter.look(|parked| parked.on.as_ref().map(|on| on.join));
    let since = |waiter: &Arc<Waiter>| waiter.look(|parked| parked.on.as_ref().map(|on| on.since));
    let (victim, turn) = match is_join(thread)? {
        false => threads().next()?,
        true => {
            let others = threads().filter(|(waiter, _)| is_join(waiter) == Some(false));
            others.max_by_key(|(waiter, _)| since(waiter))?
        }
    };
    let mut steps = steps(path);
    // The circle begins with the execution whose await ends: the last one of its thread.
    let who = victim.look(|parked| parked.levels.last().and_then(Waiting::who))?;
    let at = steps.iter().position(|step| step.who.id == who.id)?;
    steps.rotate_left(at);
    Some((Arc::clone(victim), turn, Failure::new(FailureKind::Deadlock, who, message(&steps))))
}

/// What stands on the way: of each thread the executions from the one that is awaited to the last.
fn steps(path: &[&Node]) -> Vec<Step> {
    let mut steps = Vec::new();
    for node in path {
        let header = node.task.header();
        let Some((waiter, _)) = node.thread() else {
            steps.push(Step { who: header.who(), at: None });
            continue;
        };
        waiter.look(|parked| {
            let levels = parked.levels.iter().filter_map(|level| Some((level.who()?, level.at)));
            let levels = levels.skip_while(|(who, _)| who.id != header.id);
            steps.extend(levels.map(|(who, at)| Step { who, at }));
        });
    }
    steps
}

fn message(steps: &[Step]) -> String {
    let mut text = String::from(match steps {
        [_] => "it awaits itself",
        _ => "it awaits itself, through others",
    });
    for (n, step) in steps.iter().enumerate() {
        if steps.len() > 2 * LINES && n == LINES {
            let _ = write!(text, "\n  ({} more)", steps.len() - 2 * LINES);
        }
        if steps.len() > 2 * LINES && (LINES..steps.len() - LINES).contains(&n) {
            continue;
        }
        let Who { id, name, file, line } = step.who;
        let next = steps[(n + 1) % steps.len()].who.id;
        let _ = match step.at {
            Some(at) => write!(
                text,
                "\n  {id} `{name}` ({file}:{line}) awaits {next} at {}:{}",
                at.file(),
                at.line()
            ),
            None => write!(text, "\n  {id} `{name}` ({file}:{line}) depends on {next}"),
        };
    }
    text
}
