//! A thread that waits for a promise, as the promise's cell and the thread ceiling know it.

use std::sync::Arc;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, Thread};

/// One a thread, made when the thread first waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    thread: Thread,
    /// Set by a refused call: run the callee you wait for yourself. It may arrive late, when the
    /// thread waits for something else, so the waiter checks that there is need.
    told: AtomicBool,
}

impl Waiter {
    pub(crate) fn current() -> Arc<Waiter> {
        Arc::new(Waiter { thread: thread::current(), told: AtomicBool::new(false) })
    }

    /// Ends a park; the waiter looks again at what it waits for.
    pub(crate) fn wake(&self) {
        self.thread.unpark();
    }

    /// Tells the thread to run the callee of the promise it waits for (the thread ceiling).
    pub(crate) fn tell_to_run(&self) {
        self.told.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// Whether the thread has been told so since it last asked.
    pub(crate) fn told_to_run(&self) -> bool {
        self.told.swap(false, Ordering::AcqRel)
    }
}
