//! The state machine of a cell: pending, done, taken; holders and awaiters. `awaiters.rs`
//! has those who wait, `take.rs` the holders' side.

mod awaiters;
mod take;

use std::sync::Weak;

use self::awaiters::More;
pub(crate) use self::awaiters::Runs;
use super::link;
use super::links::Links;
use super::{Header, Invocation, Outcome};
use crate::context;
use crate::event_loop;
use crate::failure::{Failure, FailureKind, discard, discard_by};
use crate::scope::children::Ended;
use crate::state::Awaiting;
use crate::sync::{Mutex, MutexGuard, lock, unlocked};
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;
use crate::unseen;

/// The part of a cell that does not depend on its callee.
pub(crate) struct Base<T> {
    pub(crate) header: Header,
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    phase: Phase<T>,
    /// What most promises, of which there may be millions, never have.
    more: Option<Box<More<T>>>,
    /// How many promises share this cell.
    holders: u32,
    /// Whether a failure has been looked at.
    seen: bool,
}

enum Phase<T> {
    /// Until then: the thread that the execution runs on, known once that thread has parked. (A
    /// running one's is nobody's business: it goes on.) Here, as deep chains have it in each of their
    /// cells.
    Pending(Option<Weak<Waiter>>),
    Done(Outcome<T>),
    /// One holder clones the value outside the lock.
    Lent,
    Taken,
}

impl<T> Base<T> {
    #[inline(always)]
    pub(crate) fn new(header: Header, links: Option<Box<Links>>) -> Base<T> {
        let more = links.map(More::with_links);
        let inner = Inner { phase: Phase::Pending(None), more, holders: 1, seen: false };
        Base { header, inner: Mutex::new(inner) }
    }

    /// Whether nothing is left of a promise that is over which would have to be dropped.
    #[inline(always)]
    pub(super) fn is_blank(&mut self) -> bool {
        let inner = unlocked(&mut self.inner);
        inner.more.is_none() && matches!(inner.phase, Phase::Pending(None) | Phase::Taken)
    }

    /// Begins again, as that of another invocation; it is blank.
    #[inline(always)]
    pub(super) fn begin(&mut self, invocation: Invocation) {
        let links = self.header.begin(invocation);
        let inner = unlocked(&mut self.inner);
        inner.phase = Phase::Pending(None);
        let old = std::mem::replace(&mut inner.more, links.map(More::with_links));
        debug_assert!(old.is_none());
        // So there is nothing to drop, for which the compiler would ask once more.
        std::mem::forget(old);
        inner.holders = 1;
        inner.seen = false;
    }

    #[inline]
    pub(crate) fn is_completed(&self) -> bool {
        self.header.is_completed()
    }

    /// One more promise shares the cell.
    pub(crate) fn add_holder(&self, clone: fn(&T) -> T) {
        let mut inner = lock(&self.inner);
        self.header.progress.watch();
        inner.holders += 1;
        inner.more().clone = Some(clone);
    }

    /// One promise less shares the cell: it was dropped unread.
    pub(crate) fn drop_holder(&self) {
        let mut inner = lock(&self.inner);
        inner.holders -= 1;
        if !self.is_completed() {
            return;
        }
        if inner.holders > 0 {
            inner.tidy();
            return;
        }
        let phase = std::mem::replace(&mut inner.phase, Phase::Taken);
        let seen = inner.seen;
        self.header.progress.end();
        drop(inner);
        self.end(phase, seen);
    }

    /// Completes the promise and wakes those who wait. With `for_me` the current thread runs the
    /// callee for a holder that awaits it: the outcome comes straight back if nobody else holds it.
    ///
    /// The first completion counts: a promise that was cancelled may still be resolved.
    #[inline]
    pub(crate) fn complete(&self, outcome: Outcome<T>, for_me: bool) -> Option<Outcome<T>> {
        if for_me && self.header.progress.complete_unwatched() {
            self.forget(context::leave);
            return Some(outcome);
        }
        let inner = lock(&self.inner);
        if self.is_completed() {
            drop(inner);
            discard(outcome);
            return None;
        }
        self.finish(inner, outcome, for_me)
    }

    #[inline]
    fn finish(
        &self,
        mut inner: MutexGuard<'_, Inner<T>>,
        outcome: Outcome<T>,
        for_me: bool,
    ) -> Option<Outcome<T>> {
        observed! {
            // Those that are invoked have said so themselves.
            if !self.header.invoked() {
                trace::emit_end(&self.header, None, outcome.as_ref().err());
            }
        }
        let told = inner.more.as_mut().map(|more| more.completed());
        let seen = inner.seen;
        let mut mine = None;
        let mut unheld = None;
        inner.phase = match inner.holders {
            0 => {
                unheld = Some(Phase::Done(outcome));
                Phase::Taken
            }
            1 if for_me => {
                inner.holders = 0;
                mine = Some(outcome);
                Phase::Taken
            }
            _ => Phase::Done(outcome),
        };
        self.header.progress.complete();
        if inner.holders == 0 {
            self.header.progress.end();
        }
        drop(inner);
        if let Some(told) = &told {
            told.wake();
        }
        if mine.is_some() {
            self.forget(context::leave);
        }
        if let Some(phase) = unheld {
            self.end(phase, seen);
        }
        if let Some(told) = told {
            for (link, index) in told.links {
                link::settle(link, index);
            }
        }
        mine
    }

    /// Completes the promise with a failure. False if it is completed.
    pub(super) fn fail(&self, failure: Failure) -> bool {
        let inner = lock(&self.inner);
        let pending = !self.is_completed();
        if pending {
            self.finish(inner, Err(failure), false);
        }
        pending
    }

    /// Fails the promise in place of running its callee, which the current thread has claimed: whether
    /// it is there, and how to drop it. Compiled once a result, as what is out of line here.
    #[inline(never)]
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
    pub(super) fn refuse(
        &self,
        kind: FailureKind,
        message: &str,
        there: bool,
        drop_callee: &mut dyn FnMut(),
    ) {
        let inherited = self.take_inherited();
        #[cfg(feature = "tracing")]
        if there {
            inherited.refused(kind, message);
        }
        discard_by(drop_callee);
        discard(inherited);
        let _ended = Ended(self);
        let failure = Failure::new(kind, self.header.who(), message);
        observed!(trace::emit_end(&self.header, None, Some(&failure)));
        event_loop::r#return(self, Err(failure), false);
    }

    /// Whether more than one promise shares the cell.
    #[inline(never)]
    pub(crate) fn is_shared(&self) -> bool {
        lock(&self.inner).holders > 1
    }

    /// Completed, and nobody holds it: the loop keeps nothing of it.
    fn end(&self, phase: Phase<T>, seen: bool) {
        self.forget(context::remove);
        // Whoever cancelled it knows.
        let seen = seen || self.header.is_cancelled();
        if let (Phase::Done(Err(failure)), false) = (&phase, seen) {
            unseen::report(failure);
        }
        if std::mem::needs_drop::<T>() || matches!(phase, Phase::Done(Err(_))) {
            discard(phase);
        }
    }

    /// By the way that is given: who has lent its thread may leave the entry for a while.
    #[inline]
    fn forget(&self, by: fn(&Header)) {
        observed!(trace::emit(&self.header, None, trace::Kind::Free));
        by(&self.header);
    }

    /// The failure of a promise that is completed with one. Somebody has looked at it then.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let mut inner = lock(&self.inner);
        let Phase::Done(Err(failure)) = &inner.phase else { return None };
        let failure = failure.clone();
        inner.seen = true;
        Some(failure)
    }

    /// Nobody will look at a failure, and that is meant.
    #[inline(never)]
    pub(crate) fn ignore_failure(&self) {
        lock(&self.inner).seen = true;
    }

    pub(super) fn report(&self) -> (bool, Option<Failure>, Vec<Awaiting>) {
        let inner = lock(&self.inner);
        let failure = match &inner.phase {
            Phase::Done(Err(failure)) => Some(failure.clone()),
            _ => None,
        };
        let (mut awaiting, links) = inner.awaiting();
        let completed = self.is_completed();
        drop(inner);
        let targets = links.iter().filter_map(|link| link.target());
        awaiting.extend(targets.map(|target| Awaiting { id: target.header().id, thread: None }));
        (completed, failure, awaiting)
    }
}
