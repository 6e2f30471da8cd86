//! What happens when a promise completes, besides waking threads: promises that depend on it.
//!
//! A *link* holds the promises it takes its value from and completes another one, its target. No
//! thread waits on behalf of it: it is registered in its inputs' cells, and runs on the thread
//! that completes the input. Links that complete each other's inputs run one after the other, not
//! inside each other, so that a chain of a million needs no stack.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Task;
use crate::sync::thread_local;

/// Reacts to the completion of promises.
pub(crate) trait Link: Send + Sync {
    /// The input registered under `index` is completed. Called once for each, on the thread that
    /// completes it, outside any lock.
    fn settled(self: Arc<Self>, index: usize);

    /// The promise it completes, if there is one and it is pending.
    fn target(&self) -> Option<Arc<dyn Task>>;

    /// What the target waits for.
    fn inputs(&self) -> Inputs;

    /// The same, and none left out for the sake of speed.
    #[cfg(feature = "durable")]
    fn all_inputs(&self) -> Inputs {
        self.inputs()
    }

    /// The promise on an engine that the target stands for.
    #[cfg(feature = "durable")]
    fn remote(&self) -> Option<&dyn crate::durable::remote::Remote> {
        None
    }

    /// The target was completed by somebody else, who cancelled it: the inputs that nobody else
    /// holds are cancelled too.
    fn cancelled(&self);

    /// Whether it has nothing more to do, as far as can be told at once: this is asked under the
    /// lock of an input.
    fn is_over(&self) -> bool {
        false
    }

    /// The only input still pending, if a thread that awaits the target may run its callee: the
    /// target completes when it does.
    fn last_pending(&self) -> Option<Arc<dyn Task>> {
        None
    }
}

/// The inputs that are pending.
pub(crate) struct Inputs {
    /// Whether one of them is enough to complete the target.
    pub(crate) any: bool,
    pub(crate) pending: Vec<Arc<dyn Task>>,
}

/// Registers the link with an input, under `index`; if the input is completed, which it is without
/// a cell, tells the link so. Whether it is pending.
pub(crate) fn join(link: &Arc<dyn Link>, cell: Option<Arc<dyn Task>>, index: usize) -> bool {
    let pending = cell.is_some_and(|cell| cell.link(link, index));
    if !pending {
        settle(Arc::clone(link), index);
    }
    pending
}

/// What a link is told.
enum Event {
    Settled(usize),
    Cancelled,
}

impl Event {
    fn tell(self, link: Arc<dyn Link>) {
        match self {
            Event::Settled(index) => link.settled(index),
            Event::Cancelled => link.cancelled(),
        }
    }
}

type Queue = VecDeque<(Arc<dyn Link>, Event)>;

thread_local! {
    /// The links to run, while this thread runs one.
    static RUNNING: RefCell<Option<Queue>> = const { RefCell::new(None) };
}

/// Tells a link that an input is completed: now, or after the one that this thread runs.
pub(crate) fn settle(link: Arc<dyn Link>, index: usize) {
    tell(link, Event::Settled(index));
}

/// Tells a link that its target was cancelled: now, or after the one that this thread runs.
pub(crate) fn cancel(link: Arc<dyn Link>) {
    tell(link, Event::Cancelled);
}

fn tell(link: Arc<dyn Link>, event: Event) {
    let mut first = Some((link, event));
    let queued = RUNNING.try_with(|running| match &mut *running.borrow_mut() {
        Some(queue) => {
            queue.extend(first.take());
            true
        }
        running => {
            *running = Some(VecDeque::new());
            false
        }
    });
    let Some((link, event)) = first else { return };
    event.tell(link);
    // A thread that is being destroyed has no queue: it runs them inside each other.
    if queued.is_err() {
        return;
    }
    while let Some((link, event)) = next(true) {
        event.tell(link);
    }
}

/// Runs the links that this thread has put off. For an await in a destructor that a link calls,
/// which may wait for one of them.
pub(crate) fn catch_up() {
    while let Some((link, event)) = next(false) {
        event.tell(link);
    }
}

/// The next link to run. If there is none and this was the last, later ones run at once.
fn next(last: bool) -> Option<(Arc<dyn Link>, Event)> {
    let next = RUNNING.try_with(|running| {
        let mut running = running.borrow_mut();
        let next = running.as_mut().and_then(VecDeque::pop_front);
        if next.is_none() && last {
            *running = None;
        }
        next
    });
    next.ok().flatten()
}
