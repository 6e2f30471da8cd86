//! Cancellation: cooperative, and it follows the await.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::cell::{Task, link};
use crate::context;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind, Who};
use crate::promise::Promise;
use crate::scope::children;
use crate::sync::panicking;

/// What [`Promise::cancel`](crate::Promise::cancel) met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cancellation {
    /// The promise has failed as [`Cancelled`](FailureKind::Cancelled): its function had not been
    /// started, and never will be (whoever cancels drops what it captured); or it has no function
    /// of its own.
    Done,
    /// The function runs. It ends at the await, [`sleep`](crate::sleep) or
    /// [`checkpoint`](crate::checkpoint) in which it is, or at the next one that it comes to. If it
    /// comes to none, it completes as ever.
    Requested,
    /// The same, but it has lent its thread to a function that it awaits (at the thread ceiling:
    /// to whatever is queued), and can end only when that one has. If nobody else holds the promise
    /// that it awaits, that function is cancelled as well.
    Deferred,
    /// It had been cancelled before, and has not ended yet.
    AlreadyCancelled,
    /// The promise was completed before.
    AlreadyCompleted,
}

impl<T> Promise<T> {
    /// Cancels the execution, cooperatively, and says what it met.
    ///
    /// A function that has not been started never will be. A running one ends at the await,
    /// [`sleep`](crate::sleep()) or [`checkpoint`](crate::checkpoint()) in which it is, or at the
    /// next one: it unwinds without a panic message, its destructors run, and the promise fails as
    /// [`Cancelled`](crate::FailureKind::Cancelled). What it awaits there is cancelled as well if
    /// nobody else holds that promise, and never started if it has not been; a clone counts, also
    /// one that the execution itself keeps, as when it awaits a reference. Its other invocations run
    /// on, except those of a [`scope`](crate::scope()). Code that blocks in some other way is not
    /// interrupted, nor are destructors while the execution unwinds. If the function catches the
    /// unwinding it stays cancelled, and ends at the next such place, or completes as ever.
    ///
    /// A promise that depends on others (of a [`Resolver`](crate::Resolver), a combinator) fails at
    /// once; so do the promises that a combinator alone holds.
    ///
    /// ```
    /// use async_mech::{Cancellation, FailureKind, invoke, sleep};
    /// use std::time::Duration;
    ///
    /// let p = invoke!(|| sleep(Duration::from_secs(3600)));
    /// p.cancel();
    /// assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    ///
    /// let p = invoke!(|| 1);
    /// while !p.is_completed() {}
    /// assert_eq!(p.cancel(), Cancellation::AlreadyCompleted);
    /// # p.wait();
    /// ```
    pub fn cancel(&self) -> Cancellation {
        cancel(&(Arc::clone(self.cell()) as Arc<dyn Task>))
    }

    /// Something to cancel the execution with that is no promise: for a signal handler, or for the
    /// losers of a [`race`](Promise::race), whose promises the race has. It can be cloned, whether
    /// or not the value can.
    ///
    /// ```
    /// use async_mech::{Promise, invoke, sleep};
    /// use std::time::Duration;
    ///
    /// let slow = invoke!(|| {
    ///     sleep(Duration::from_secs(3600));
    ///     "slow"
    /// });
    /// let loser = slow.canceller();
    /// assert_eq!(Promise::race([slow, invoke!(|| "fast")]).wait(), "fast");
    /// loser.cancel();
    /// ```
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller::of(&(Arc::clone(self.cell()) as Arc<dyn Task>))
    }

    /// Whether somebody has cancelled it. It may have completed all the same.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell().base().header.is_cancelled()
    }

    /// Drops the promise, quietly, and cancels the execution if nobody else holds it.
    pub(crate) fn abandon(self) {
        if !self.cell().base().is_shared() {
            self.cancel();
        }
        self.ignore();
    }
}

/// Counts cancellations of running executions: a thread that has looked at the last one need not
/// look at its executions again.
static LAST: AtomicU64 = AtomicU64::new(NONE);
const NONE: u64 = 1;

/// The last cancellation.
#[inline]
pub(crate) fn last() -> u64 {
    // A model checker knows nothing of a static: this is where it may switch threads.
    #[cfg(shuttle)]
    crate::sync::atomic::AtomicBool::new(false).load(Ordering::SeqCst);
    LAST.load(Ordering::SeqCst)
}

/// Cancels what the cell stands for, and the children of the scopes that it has opened.
pub(crate) fn cancel(task: &Arc<dyn Task>) -> Cancellation {
    let met = cancel_alone(task);
    if matches!(met, Cancellation::Requested | Cancellation::Deferred) {
        children::cancel_below(task);
    }
    met
}

/// Cancels what the cell stands for.
pub(crate) fn cancel_alone(task: &Arc<dyn Task>) -> Cancellation {
    let header = task.header();
    if task.is_completed() {
        return Cancellation::AlreadyCompleted;
    }
    if !header.cancel() {
        return Cancellation::AlreadyCancelled;
    }
    observed!(crate::trace::emit(header, None, crate::trace::Kind::Cancel));
    if !header.invoked() {
        let link = task.depends();
        if !task.fail(Failure::new(FailureKind::Cancelled, header.who(), "")) {
            return Cancellation::AlreadyCompleted;
        }
        if let Some(link) = link {
            link::cancel(link);
        }
        return Cancellation::Done;
    }
    if header.claim(None) {
        task.refuse(FailureKind::Cancelled, UNSTARTED);
        return Cancellation::Done;
    }
    let deferred = header.is_lending();
    LAST.fetch_add(1, Ordering::SeqCst);
    // The thread says where it runs before it looks whether it is cancelled.
    if let Some(waiter) = task.where_it_runs() {
        waiter.look_again();
    }
    if deferred { Cancellation::Deferred } else { Cancellation::Requested }
}

const UNSTARTED: &str = "before it started";

/// Ends the current execution if it has been cancelled: unwinds, so that its destructors run, and
/// its promise fails as [`Cancelled`](FailureKind::Cancelled).
///
/// For functions that compute for long, between awaits. Nothing happens in a root execution, which
/// cannot be cancelled, nor in a destructor that runs while its thread unwinds.
///
/// ```
/// use async_mech::{FailureKind, checkpoint, invoke};
///
/// let p = invoke!(|| {
///     loop {
///         // A piece of work.
///         checkpoint();
///     }
/// });
/// p.cancel();
/// let failure = p.outcome().map(|()| "never").unwrap_err();
/// assert_eq!(failure.kind(), FailureKind::Cancelled);
/// ```
pub fn checkpoint() {
    if let Some(who) = interrupted() {
        unwind(who);
    }
}

/// Whether anything that runs has ever been cancelled.
#[inline]
pub(crate) fn ever() -> bool {
    last() != NONE
}

/// If the current execution is to end now: how messages name it.
#[inline]
pub(crate) fn interrupted() -> Option<Who> {
    if !ever() {
        return None;
    }
    context::cancelled().filter(|_| !panicking())
}

/// Ends the current execution.
pub(crate) fn unwind(who: Who) -> ! {
    let failure = Failure::new(FailureKind::Cancelled, who, "");
    #[cfg(shuttle)]
    crate::sync::unwinding::set(true);
    std::panic::resume_unwind(Box::new(failure))
}

/// Cancels an execution without holding its promise; see
/// [`Promise::canceller`](crate::Promise::canceller).
#[derive(Clone)]
pub struct Canceller {
    id: Id,
    /// Weak, so that it keeps no value alive.
    task: Weak<dyn Task>,
}

impl Canceller {
    pub(crate) fn of(task: &Arc<dyn Task>) -> Canceller {
        Canceller { id: task.header().id, task: Arc::downgrade(task) }
    }

    /// Does what [`Promise::cancel`](crate::Promise::cancel) does.
    pub fn cancel(&self) -> Cancellation {
        self.task.upgrade().map_or(Cancellation::AlreadyCompleted, |task| cancel(&task))
    }

    /// The execution's id.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Canceller").field(&self.id).finish()
    }
}
