//! **Await**: takes the outcome of a completed promise, else suspends the caller until it is
//! completed.
//!
//! Without a deadline, a caller that finds the callee still queued does not suspend: it has
//! nothing else to do, so it *claims* the callee and runs it itself. It claims only the very
//! promise it awaits, so it never picks up work that could block it for another reason.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use crate::cancel;
use crate::cell::{Base, Header, Outcome, Promised, Task};
use crate::context::{self, Away, Lent, LentBy, Running};
use crate::event_loop::r#return;
use crate::execution::Id;
#[cfg(feature = "durable")]
use crate::failure::Failure;
use crate::failure::Who;
use crate::scope::children::Ended;
use crate::suspend::{Waited, suspend};
use crate::sync::{SPIN, panicking};
use crate::threads::processors;
#[cfg(feature = "trace")]
use crate::trace;

/// How to wait. Two words, which a deep chain of awaits has in registers.
#[derive(Clone, Copy)]
pub(crate) struct Wait<'a> {
    /// Where, in the caller's code.
    pub(crate) at: &'static Location<'static>,
    /// If it is no plain await, as nearly all are.
    terms: Option<&'a Terms<'a>>,
}

/// What few awaits have.
#[derive(Clone, Copy, Default)]
pub(crate) struct Terms<'a> {
    pub(crate) deadline: Option<Instant>,
    /// Whether the caller goes on using its place among those of which only so many run.
    pub(crate) keeps_place: bool,
    /// For a scope's join, which nothing interrupts: what to do if the caller is cancelled.
    pub(crate) join: Option<&'a dyn Fn()>,
}

impl<'a> Wait<'a> {
    pub(crate) fn at(at: &'static Location<'static>) -> Self {
        Wait { at, terms: None }
    }

    pub(crate) fn on(at: &'static Location<'static>, terms: &'a Terms<'a>) -> Self {
        Wait { at, terms: Some(terms) }
    }

    #[inline]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.terms?.deadline
    }

    #[inline]
    pub(crate) fn join(&self) -> Option<&'a dyn Fn()> {
        self.terms?.join
    }

    #[inline]
    fn keeps_place(&self) -> bool {
        self.terms.is_some_and(|terms| terms.keeps_place)
    }
}

/// Gives the outcome, and takes the cell from its holder, which then holds it no longer; nothing if
/// the deadline passed.
///
/// # Panics
///
/// Unwinds if the caller is cancelled while it is suspended (the holder then keeps the cell), or if
/// the value's `clone` does (it does not).
pub(crate) fn r#await<T>(
    holder: &mut Option<Arc<dyn Promised<T>>>,
    wait: Wait<'_>,
) -> Option<Outcome<T>> {
    observed!(return await_observed(holder, wait));
    await_unobserved(holder, wait)
}

/// The same, and tells the observers when it begins and how it ends.
#[cfg(feature = "trace")]
#[cold]
#[inline(never)]
fn await_observed<T>(
    holder: &mut Option<Arc<dyn Promised<T>>>,
    wait: Wait<'_>,
) -> Option<Outcome<T>> {
    let cell = Arc::clone(held(holder));
    let header = &cell.base().header;
    trace::emit_await(header, |promise| trace::Kind::Await { promise, at: wait.at });
    let mut observed = trace::AwaitObserved { header, with: trace::Returned::Cancelled };
    let outcome = await_unobserved(holder, wait);
    observed.with = match &outcome {
        None => trace::Returned::TimedOut,
        Some(Err(_)) if !cell.is_completed() => trace::Returned::Deadlock,
        Some(_) => trace::Returned::Outcome,
    };
    outcome
}

#[inline(always)]
fn await_unobserved<T>(
    holder: &mut Option<Arc<dyn Promised<T>>>,
    wait: Wait<'_>,
) -> Option<Outcome<T>> {
    let cell = held(holder);
    let base = cell.base();
    if !base.is_completed() {
        if wait.join().is_none() && cancel::ever() {
            end_if_cancelled(cell);
        }
        let (lender, found) = context::awaits_promise(wait.at, &base.header);
        let _away = Away::leave(found.place() && !wait.keeps_place());
        #[cfg(feature = "durable")]
        if !base.header.invoked()
            && crate::durable::any_active()
            && let Some(failure) = pull(cell, wait)
        {
            base.ignore_failure();
            base.drop_holder();
            *holder = None;
            return Some(Err(failure));
        }
        if let Some(lender) = lender
            && wait.deadline().is_none()
            && base.header.home.lend
            && !panicking()
        {
            if base.header.invoked() {
                if let Some(outcome) = lend(cell, base, lender, found.at_home()) {
                    *holder = None;
                    return Some(outcome);
                }
            } else {
                lend_through(cell);
            }
        }
        // Without a callee it may take any time.
        let is_soon = || base.header.invoked() && spin(SOON, || base.is_completed());
        if !base.is_completed() && !is_soon() {
            return suspended(holder, wait);
        }
    }
    take(holder)
}

fn held<T>(holder: &Option<Arc<dyn Promised<T>>>) -> &Arc<dyn Promised<T>> {
    holder.as_ref().expect("a promise has its cell until it is consumed")
}

/// Takes the outcome of a completed promise, whatever its `clone` does.
fn take<T>(holder: &mut Option<Arc<dyn Promised<T>>>) -> Option<Outcome<T>> {
    Some(holder.take()?.base().take())
}

// Out of line, as is what follows: a frame of a deep chain of awaits has no room for it.
#[inline(never)]
fn suspended<T>(holder: &mut Option<Arc<dyn Promised<T>>>, wait: Wait<'_>) -> Option<Outcome<T>> {
    let cell = held(holder);
    let base = cell.base();
    match suspend(cell, wait) {
        Waited::Completed => take(holder),
        Waited::TimedOut => None,
        Waited::Failed(failure) => {
            base.ignore_failure();
            base.drop_holder();
            *holder = None;
            Some(Err(failure))
        }
        Waited::Cancelled(who) => end(cell, who),
    }
}

/// Ends the caller if it has been cancelled: it starts nothing for its own sake any more.
#[inline(never)]
fn end_if_cancelled<T>(cell: &Arc<dyn Promised<T>>) {
    if let Some(who) = cancel::interrupted() {
        end(cell, who);
    }
}

/// Ends the caller, which is cancelled. Cancel follows the await.
fn end<T>(cell: &Arc<dyn Promised<T>>, who: Who) -> ! {
    cell.base().ignore_failure();
    if !cell.base().is_shared() {
        cancel::cancel(&(Arc::clone(cell) as _));
    }
    cancel::unwind(who)
}

/// Runs the callee here if nobody has taken it. `Some` if the caller was its only holder.
#[inline(always)]
fn lend<T>(
    cell: &Arc<dyn Promised<T>>,
    base: &Base<T>,
    lender: Id,
    at_home: bool,
) -> Option<Outcome<T>> {
    let header = &base.header;
    if !header.claim_held(lender) {
        return None;
    }
    let execute = || cell.execute(Running::promised(cell), Lent::ByAwaiter);
    let outcome = if at_home { execute() } else { header.within_its_loop(execute) };
    let _ended = Ended(base);
    r#return(base, outcome, true)
}

/// Runs the callee of the last promise that this one depends on, if nobody has taken it; and as long
/// as there is then another one, that one's.
#[inline(never)]
fn lend_through<T>(cell: &Arc<dyn Promised<T>>) {
    // A way down, and back up where a link is over, so that a long chain is walked once.
    let mut links: Vec<_> = (&**cell as &dyn Task).depends().into_iter().collect();
    let mut way: Vec<Arc<dyn Task>> = Vec::new();
    let mut left: Option<Arc<dyn Task>> = None;
    while let Some(link) = links.last() {
        let Some(task) = link.last_pending() else {
            links.pop();
            left = way.pop();
            continue;
        };
        // It is not over, but waits for more than one, or somebody is about to complete it.
        if left.take().is_some_and(|left| Arc::ptr_eq(&left, &task)) {
            return;
        }
        let header = task.header();
        if header.invoked() {
            if !header.claim(Some(context::here(|id, _| id))) {
                return;
            }
            let lent = LentBy::AwaiterOf(Arc::clone(cell) as _).into();
            header.within_its_loop(|| task.run(Running::from(&task), lent));
            if cancel::interrupted().is_some() {
                return;
            }
        } else if let Some(link) = task.depends() {
            // Linked to itself, which is about to be found out: the way goes round and round.
            if way.get(way.len() / 2).is_some_and(|before| Arc::ptr_eq(before, &task)) {
                return;
            }
            links.push(link);
            way.push(task);
        } else {
            return;
        }
    }
}

/// Asks a durable engine, if the promise depends on one. The failure, if it may not be awaited so.
#[cfg(feature = "durable")]
#[inline(never)]
fn pull<T>(cell: &Arc<dyn Promised<T>>, wait: Wait<'_>) -> Option<Failure> {
    let task = Arc::clone(cell) as Arc<dyn Task>;
    crate::durable::pull::pull(&task, wait.deadline().is_some()).err()
}

/// Runs a child of the scope that the current execution joins, if nobody has taken it.
pub(crate) fn lend_to_child(child: &Arc<dyn Task>) {
    let header = child.header();
    if may_lend(header) && header.claim(Some(context::here(|id, _| id))) {
        header.within_its_loop(|| child.run(Running::from(child), LentBy::Joiner.into()));
    }
}

fn may_lend(header: &Header) -> bool {
    header.home.lend && !panicking() && context::stack_left(2)
}

/// Rounds of a short wait for a callee that is about to end.
pub(crate) const SOON: u32 = 100;

/// A short wait for what another processor may do.
pub(crate) fn spin(rounds: u32, done: impl Fn() -> bool) -> bool {
    if !SPIN || processors() == 1 {
        return false;
    }
    (0..rounds).any(|_| {
        std::hint::spin_loop();
        done()
    })
}
