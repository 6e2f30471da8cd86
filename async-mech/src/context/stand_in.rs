//! A thread that runs for another one, which waits; and a thread that is ours no more.

use std::sync::Arc;

use super::{Home, Level, with};
use crate::threads::Threads;
use crate::threads::stack::Stack;
use crate::threads::waiter::Waiter;

/// Runs `f` on the current thread, new and ours, on behalf of an execution that is under way, with
/// those that lent it its thread: `levels`, of a thread that waits meanwhile. `f` does not unwind.
pub(crate) fn stand_in<R>(
    employer: &Arc<Threads>,
    levels: Vec<Level>,
    home: Home,
    stack: Stack,
    f: impl FnOnce() -> R,
) -> R {
    with(|context| {
        context.home.replace(Some(home));
        let _ = context.employer.set(Arc::clone(employer));
        context.levels.replace(levels);
        let _ = context.stack.set(Some(stack));
    });
    let result = f();
    // Destructors of thread-locals are no part of it.
    with(|context| context.levels.replace(Vec::new()));
    retire();
    result
}

/// The thread is no longer one of ours, before it gives up its place: its destructors may still wait,
/// for which nobody else need start.
pub(crate) fn retire() {
    with(|context| context.waiter.get_or_init(|| Waiter::current(None)).retire());
}

/// The invocations that this thread runs, for another thread to stand in.
pub(crate) fn levels() -> Vec<Level> {
    with(|context| context.levels.to_vec())
}

/// Another thread stood in for this one, and has ended.
pub(crate) fn stood_in() {
    with(|context| context.levels.unpublish());
}
