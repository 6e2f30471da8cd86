//! The state machine of a cell: pending, done, taken; holders and awaiters. `take.rs` has the
//! holders' side, and the baton.

mod take;

use std::sync::Arc;

use super::link::{self, Link};
use super::{Header, Outcome};
use crate::execution::Id;
use crate::failure::{Failure, discard};
use crate::state::{Awaiting, Moment};
use crate::sync::atomic::Ordering;
use crate::sync::{Mutex, MutexGuard, lock};
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;

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

struct More<T> {
    awaiters: Vec<Awaiter>,
    /// How to clone a value; stored by the first clone of the promise.
    clone: Option<fn(&T) -> T>,
}

impl<T> Default for More<T> {
    fn default() -> Self {
        More { awaiters: Vec::new(), clone: None }
    }
}

enum Phase<T> {
    Pending,
    Done(Outcome<T>),
    /// One holder clones the value outside the lock.
    Lent,
    Taken,
}

/// Somebody to tell.
enum Awaiter {
    Thread {
        waiter: Arc<Waiter>,
        execution: Id,
        /// Whether it waits without a deadline, so that it may be told to run the callee.
        untimed: bool,
        since: Moment,
    },
    Link(Arc<dyn Link>, usize),
}

impl Awaiter {
    fn is(&self, other: &Arc<Waiter>) -> bool {
        matches!(self, Awaiter::Thread { waiter, .. } if Arc::ptr_eq(waiter, other))
    }
}

impl<T> Base<T> {
    #[inline(always)]
    pub(crate) fn new(header: Header) -> Base<T> {
        Base {
            header,
            inner: Mutex::new(Inner { phase: Phase::Pending, more: None, holders: 1, seen: false }),
        }
    }

    #[inline]
    pub(crate) fn is_completed(&self) -> bool {
        self.header.is_completed()
    }

    /// One more promise shares the cell.
    pub(crate) fn add_holder(&self, clone: fn(&T) -> T) {
        let mut inner = lock(&self.inner);
        inner.holders += 1;
        inner.more().clone = Some(clone);
    }

    /// One promise less shares the cell: it was dropped unread.
    pub(crate) fn drop_holder(&self) {
        let mut inner = lock(&self.inner);
        inner.holders -= 1;
        if inner.holders > 0 || !self.is_completed() {
            return;
        }
        let phase = std::mem::replace(&mut inner.phase, Phase::Taken);
        let seen = inner.seen;
        drop(inner);
        self.end(phase, seen);
    }

    /// Completes the promise and wakes those who wait. With `for_me` the current thread runs the
    /// callee for a holder that awaits it: the outcome comes straight back if nobody else holds it.
    ///
    /// The first completion counts: a promise that was cancelled may still be resolved.
    #[inline]
    pub(crate) fn complete(&self, outcome: Outcome<T>, for_me: bool) -> Option<Outcome<T>> {
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
        let awaiters = inner.more.as_mut().map(|more| std::mem::take(&mut more.awaiters));
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
        self.header.completed.store(true, Ordering::Release);
        drop(inner);
        let links = awaiters.map_or_else(Vec::new, tell);
        if mine.is_some() {
            self.forget();
        }
        if let Some(phase) = unheld {
            self.end(phase, seen);
        }
        for (link, index) in links {
            link::settle(link, index);
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

    /// Whether more than one promise shares the cell.
    pub(crate) fn is_shared(&self) -> bool {
        lock(&self.inner).holders > 1
    }

    /// Those who wait for the completion.
    pub(super) fn awaiters(&self) -> (Vec<Arc<Waiter>>, Vec<Arc<dyn Link>>) {
        let inner = lock(&self.inner);
        let (mut threads, mut links) = (Vec::new(), Vec::new());
        for awaiter in inner.awaiters() {
            match awaiter {
                Awaiter::Thread { waiter, .. } => threads.push(Arc::clone(waiter)),
                Awaiter::Link(link, _) => links.push(Arc::clone(link)),
            }
        }
        (threads, links)
    }

    /// Completed, and nobody holds it: the loop keeps nothing of it.
    fn end(&self, phase: Phase<T>, seen: bool) {
        self.forget();
        // Whoever cancelled it knows.
        let seen = seen || self.header.is_cancelled();
        if let (Phase::Done(Err(failure)), false) = (&phase, seen) {
            failure.report("nobody looked at a failure");
        }
        if std::mem::needs_drop::<T>() || matches!(phase, Phase::Done(Err(_))) {
            discard(phase);
        }
    }

    #[inline]
    fn forget(&self) {
        observed!(trace::emit(&self.header, None, trace::Kind::Free));
        let entry = self.header.home.remove(self.header.slot.load(Ordering::Relaxed));
        drop(entry);
    }

    /// Registers the current thread to be woken on completion. False if the promise is completed.
    pub(crate) fn register(&self, waiter: &Arc<Waiter>, execution: Id, untimed: bool) -> bool {
        let mut inner = lock(&self.inner);
        let pending = !self.is_completed();
        if pending {
            inner.register(waiter, execution, untimed);
        }
        pending
    }

    /// Registers a link that is to hear of the completion. False if the promise is completed.
    pub(crate) fn link(&self, link: &Arc<dyn Link>, index: usize) -> bool {
        let mut inner = lock(&self.inner);
        let pending = !self.is_completed();
        if pending {
            inner.make_room();
            inner.more().awaiters.push(Awaiter::Link(Arc::clone(link), index));
        }
        drop(inner);
        observed! {
            if let Some(target) = link.target().filter(|_| pending) {
                trace::emit(&self.header, None, trace::Kind::Link { to: target.header().id });
            }
        }
        pending
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
    pub(crate) fn ignore_failure(&self) {
        lock(&self.inner).seen = true;
    }

    /// Undoes [`register`](Base::register). False if the promise was completed meanwhile.
    pub(crate) fn deregister(&self, waiter: &Arc<Waiter>) -> bool {
        let mut inner = lock(&self.inner);
        let pending = !self.is_completed();
        if pending {
            inner.deregister(waiter);
        }
        pending
    }

    /// The awaiter that may be told to run the callee: waiting for good, and parked.
    pub(super) fn tell_awaiter_to_run(&self) -> bool {
        let inner = lock(&self.inner);
        let waiter = inner.awaiters().iter().find_map(|awaiter| match awaiter {
            Awaiter::Thread { waiter, untimed: true, .. } => Some(Arc::clone(waiter)),
            _ => None,
        });
        drop(inner);
        waiter.inspect(|waiter| waiter.tell_to_run()).is_some()
    }

    pub(super) fn report(&self) -> (bool, Option<Failure>, Vec<Awaiting>) {
        let inner = lock(&self.inner);
        let failure = match &inner.phase {
            Phase::Done(Err(failure)) => Some(failure.clone()),
            _ => None,
        };
        let (mut awaiting, mut links) = (Vec::new(), Vec::new());
        for awaiter in inner.awaiters() {
            match awaiter {
                Awaiter::Thread { waiter, execution, since, .. } => {
                    let thread = Some((Arc::clone(waiter), *since));
                    awaiting.push(Awaiting { id: *execution, thread });
                }
                Awaiter::Link(link, _) => links.push(Arc::clone(link)),
            }
        }
        let completed = self.is_completed();
        drop(inner);
        let targets = links.iter().filter_map(|link| link.target());
        awaiting.extend(targets.map(|target| Awaiting { id: target.header().id, thread: None }));
        (completed, failure, awaiting)
    }
}

/// Wakes the threads, and returns the links.
#[inline(never)]
fn tell(awaiters: Vec<Awaiter>) -> Vec<(Arc<dyn Link>, usize)> {
    let mut links = Vec::new();
    for awaiter in awaiters {
        match awaiter {
            Awaiter::Thread { waiter, .. } => waiter.wake(),
            Awaiter::Link(link, index) => links.push((link, index)),
        }
    }
    links
}

impl<T> Inner<T> {
    fn more(&mut self) -> &mut More<T> {
        self.more.get_or_insert_default()
    }

    fn awaiters(&self) -> &[Awaiter] {
        self.more.as_ref().map_or(&[], |more| &more.awaiters)
    }

    /// Forgets links that are over, before it would take more memory: a promise that loses many
    /// races keeps nothing of them.
    fn make_room(&mut self) {
        let awaiters = &mut self.more().awaiters;
        let room = awaiters.capacity();
        if awaiters.len() < room {
            return;
        }
        awaiters.retain(|awaiter| !matches!(awaiter, Awaiter::Link(link, _) if link.is_over()));
        if awaiters.len() > room / 2 {
            awaiters.reserve(room);
        }
    }

    fn register(&mut self, waiter: &Arc<Waiter>, execution: Id, untimed: bool) {
        // After a spurious wake it may still be there.
        if !self.awaiters().iter().any(|awaiter| awaiter.is(waiter)) {
            let (waiter, since) = (Arc::clone(waiter), Moment::now());
            self.more().awaiters.push(Awaiter::Thread { waiter, execution, untimed, since });
        }
    }

    fn deregister(&mut self, waiter: &Arc<Waiter>) {
        if let Some(more) = &mut self.more {
            more.awaiters.retain(|awaiter| !awaiter.is(waiter));
        }
    }
}
