//! A thread that waits for a promise, as the promise's cell and the thread ceiling know it.

use std::sync::Arc;

use super::{Threads, place};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, Thread};

/// One a thread, made when the thread first waits.
pub(crate) struct Waiter {
    thread: Thread,
    /// Set by a refused call: run the callee you wait for yourself, or one that nobody waits for.
    /// It may arrive late, when the thread waits for something else, so the waiter checks that
    /// there is need.
    told: AtomicBool,
    /// Whether the thread is counted as suspended: from [`suspend`](Waiter::suspend) until it is
    /// woken, so that a thread about to go on is not taken for one that does not.
    suspended: AtomicBool,
    /// The loop whose thread it is.
    employer: Option<Arc<Threads>>,
}

impl Waiter {
    pub(crate) fn current(employer: Option<Arc<Threads>>) -> Arc<Waiter> {
        Arc::new(Waiter {
            thread: thread::current(),
            told: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            employer,
        })
    }

    /// The loop whose thread it is, if it is one of ours.
    pub(crate) fn employer(&self) -> Option<&Arc<Threads>> {
        self.employer.as_ref()
    }

    /// The thread is about to park, and does nothing until it is woken. The caller looks at the
    /// queues afterwards.
    pub(crate) fn suspend(&self) {
        if let Some(employer) = &self.employer
            && !self.suspended.load(Ordering::SeqCst)
        {
            employer.body_runs(false);
            place::suspended(employer);
            // Counted before this, since whoever wakes the thread takes it back.
            self.suspended.store(true, Ordering::SeqCst);
        }
    }

    /// The thread goes on, or will as soon as it looks.
    pub(crate) fn resume(&self) {
        if let Some(employer) = &self.employer
            && self.suspended.swap(false, Ordering::SeqCst)
        {
            place::resumed(employer);
            employer.body_runs(true);
        }
    }

    /// Ends a park; the waiter looks again at what it waits for.
    pub(crate) fn wake(&self) {
        self.resume();
        self.thread.unpark();
    }

    /// Tells the thread to run the callee of the promise it waits for, or one that nobody waits
    /// for (the thread ceiling).
    pub(crate) fn tell_to_run(&self) {
        self.told.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// Whether the thread has been told so since it last asked.
    pub(crate) fn told_to_run(&self) -> bool {
        self.told.swap(false, Ordering::AcqRel)
    }
}
