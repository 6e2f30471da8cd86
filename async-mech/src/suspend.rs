//! Suspending: the caller parks until the promise is completed, or something else ends the wait.

use std::sync::Arc;
use std::time::Instant;

use crate::r#await::Wait;
use crate::cancel;
use crate::cell::{Promised, Runs, Task, link};
use crate::context::{self, Lent, Running};
use crate::deadlock;
use crate::failure::{Failure, FailureKind, Who};
use crate::sync::thread;
use crate::threads::Threads;
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;

/// How a wait ended.
pub(crate) enum Waited {
    Completed,
    TimedOut,
    /// The caller, named so, is cancelled.
    Cancelled(Who),
    /// It would never have ended.
    Failed(Failure),
}

/// Parks the caller until the promise is completed, or the wait ends otherwise. In that case the
/// caller is no longer registered.
///
/// Everything that others may look for is published before the look that relies on it: the waiter
/// before the queues (a refused call), where the executions run before their cancellation, what
/// the thread is parked for before the search for a cycle.
#[inline(never)]
pub(crate) fn suspend<T>(cell: &Arc<dyn Promised<T>>, wait: Wait<'_>) -> Waited {
    // The caller may be a destructor that a link calls, and wait for another link.
    link::catch_up();
    context::tidy();
    let base = cell.base();
    let (waiter, execution) = context::waiter();
    let untimed = wait.deadline().is_none();
    let runs = match untimed {
        false => Runs::Nothing,
        true if context::knows_stack() => Runs::Callee,
        true => Runs::AtLast,
    };
    if !base.register(&waiter, execution, runs) {
        return Waited::Completed;
    }
    observed!(trace::emit_await(&base.header, |promise| trace::Kind::Suspend { promise }));
    let threads = base.header.home.threads.upgrade();
    let suspended = Suspended {
        waiter: &waiter,
        threads: threads.as_ref(),
        #[cfg(feature = "trace")]
        header: &base.header,
    };
    let queued = runs == Runs::Callee && base.header.mark_awaited();
    if let Some(threads) = &threads {
        if queued {
            threads.kick();
        } else {
            threads.kick_if_queued();
        }
    }
    let task = Arc::clone(cell) as Arc<dyn Task>;
    let mut on_cancel = wait.join();
    while !base.is_completed() {
        let end = if !context::publish(&waiter) {
            // Nobody awaits a root execution, nor cancels it.
            None
        } else {
            let turn = waiter.turn();
            match cancel::interrupted() {
                Some(who) if wait.join().is_none() => Some(Waited::Cancelled(who)),
                Some(_) if on_cancel.is_some() => {
                    on_cancel.take().expect("just seen")();
                    continue;
                }
                _ if untimed => {
                    if !waiter.park_for(&task, wait.join().is_some(), turn) {
                        continue;
                    }
                    deadlock::closed_by(&waiter, &task).map(Waited::Failed)
                }
                _ => None,
            }
        };
        let end = end.or_else(|| suspended.park(wait.deadline())).or_else(|| {
            let left = wait.deadline()?.saturating_duration_since(Instant::now());
            left.is_zero().then_some(Waited::TimedOut)
        });
        if let Some(end) = end {
            if base.deregister(&waiter) {
                return end;
            }
            break;
        }
        // Also while panicking, where nothing is lent: here nobody else can run it.
        if untimed && !base.is_completed() && waiter.told_to_run() {
            let mut left = false;
            suspended.run_at_ceiling(&task, || {
                left = base.deregister(&waiter);
                left
            });
            if left {
                if !base.register(&waiter, execution, runs) {
                    return Waited::Completed;
                }
                // For whoever looked for an awaiter meanwhile.
                suspended.kick();
            }
        }
    }
    base.pass_on(&waiter);
    Waited::Completed
}

/// The time in which an execution does not use its thread.
struct Suspended<'a> {
    waiter: &'a Arc<Waiter>,
    /// The loop of what it waits for, which may tell it to run something.
    threads: Option<&'a Arc<Threads>>,
    #[cfg(feature = "trace")]
    header: &'a crate::cell::Header,
}

impl Suspended<'_> {
    /// Parks once. Says if somebody else has ended the wait.
    fn park(&self, deadline: Option<Instant>) -> Option<Waited> {
        self.waiter.suspend();
        if let Some(employer) = self.waiter.employer() {
            employer.kick_if_queued();
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => {
                thread::park_timeout(deadline.saturating_duration_since(Instant::now()));
            }
        }
        self.waiter.unpark().map(Waited::Failed)
    }

    /// Sees to it that what the loop has queued is taken.
    fn kick(&self) {
        if let Some(threads) = self.threads {
            threads.kick_if_queued();
        }
    }

    /// At the thread ceiling the awaiter of a queued callee runs it, on the last eighth of its
    /// stack if need be, since nobody else can. Where no thread of the process goes on, an awaiter
    /// of something else runs the oldest callee: what it waits for may depend on it. Without that
    /// much stack, the callee fails.
    ///
    /// Before it runs what it does not wait for, it must `leave` those who are registered, if the
    /// promise is still pending: one of them may be the one to wake others, and must not be busy then.
    fn run_at_ceiling(&self, task: &Arc<dyn Task>, leave: impl FnOnce() -> bool) {
        let header = task.header();
        let enough = context::stack_left(8);
        if !enough && self.threads.is_none_or(|threads| !threads.refuses()) {
            // There may be a thread for it after all, but the call that was refused is over.
            self.kick();
            return;
        }
        let lender = context::here(|id, _| id);
        let stranded = || {
            let threads = self.threads.filter(|threads| threads.stranded())?;
            if leave() { threads.take() } else { None }
        };
        let (task, lent) = if header.claim(Some(lender)) {
            (Arc::clone(task), Lent::ByAwaiter)
        } else if let Some(task) = stranded() {
            (task, Lent::No)
        } else {
            // It came late: whoever sent it relied on this thread.
            self.kick();
            return;
        };
        self.waiter.resume();
        // Pass it on: there may be more queued callees with a parked awaiter.
        self.kick();
        if enough {
            header.within_its_loop(|| task.run(Running::from(&task), lent));
        } else {
            task.refuse(FailureKind::Failed, OUT_OF_THREADS);
        }
    }
}

const OUT_OF_THREADS: &str = "out of threads and stack: no thread can be started, and less than \
                              an eighth of the awaiter's stack is left";

impl Drop for Suspended<'_> {
    fn drop(&mut self) {
        self.waiter.unpark();
        self.waiter.resume();
        observed!(trace::emit_await(self.header, |promise| trace::Kind::Resume { promise }));
        // Woken by something else: whoever told this thread relied on it.
        if self.waiter.told_to_run() {
            self.kick();
        }
    }
}
