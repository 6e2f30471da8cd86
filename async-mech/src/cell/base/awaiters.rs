//! Those who wait for a promise: threads, and links.
//!
//! Completion wakes a few threads, as many as there are processors. The others stay in the list, and
//! whoever was woken wakes two of them before it goes on (a *tree*), so that who completes a promise
//! with a thousand awaiters goes on at once. Invariant: while a completed promise has threads in its
//! list, one that was woken has not passed that on yet; it runs no stranger's code before it does.
//! Threads with a deadline are not part of this: they, and links, are told at once.

use std::sync::Arc;

use super::{Base, Inner, Phase};
use crate::cell::link::Link;
use crate::cell::links::Links;
use crate::execution::Id;
use crate::state::{Awaiting, Moment};
use crate::sync::{SPIN, lock};
use crate::threads::processors;
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;

/// What an awaiter may be told to run, at a thread ceiling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Runs {
    /// It has a deadline.
    Nothing,
    /// It does not know how much of its stack is left: where no thread of the process goes on, it may
    /// say so.
    AtLast,
    /// The callee that it waits for.
    Callee,
}

/// Somebody to tell.
enum Awaiter {
    Thread { waiter: Arc<Waiter>, execution: Id, runs: Runs, since: Moment },
    Link(Arc<dyn Link>, usize),
}

impl Awaiter {
    fn is(&self, other: &Arc<Waiter>) -> bool {
        matches!(self, Awaiter::Thread { waiter, .. } if Arc::ptr_eq(waiter, other))
    }

    fn thread(self) -> Option<Arc<Waiter>> {
        match self {
            Awaiter::Thread { waiter, .. } => Some(waiter),
            Awaiter::Link(..) => None,
        }
    }
}

/// What most promises, of which there may be millions, never have.
pub(super) struct More<T> {
    awaiters: Vec<Awaiter>,
    /// Threads that wait until another holder has cloned the value, the next one first.
    takers: Vec<Awaiter>,
    /// How to clone a value; stored by the first clone of the promise.
    pub(super) clone: Option<fn(&T) -> T>,
    links: Option<Box<Links>>,
}

impl<T> Default for More<T> {
    fn default() -> Self {
        More { awaiters: Vec::new(), takers: Vec::new(), clone: None, links: None }
    }
}

impl<T> More<T> {
    pub(super) fn with_links(links: Box<Links>) -> Box<More<T>> {
        Box::new(More { links: Some(links), ..More::default() })
    }

    /// Whether the last holder of a completed promise needs none of it.
    fn is_over(&self) -> bool {
        self.awaiters.is_empty() && self.takers.is_empty() && self.links.is_none()
    }

    /// The promise is completed: those to tell now.
    pub(super) fn completed(&mut self) -> Told {
        let mut left = if SPIN { processors() } else { 1 };
        let (mut told, mut later) = (Told::default(), Vec::new());
        for awaiter in std::mem::take(&mut self.awaiters) {
            match awaiter {
                Awaiter::Link(link, index) => told.links.push((link, index)),
                Awaiter::Thread { runs, .. } if left == 0 && runs != Runs::Nothing => {
                    later.push(awaiter);
                }
                Awaiter::Thread { waiter, runs, .. } => {
                    if runs != Runs::Nothing {
                        left -= 1;
                        waiter.gets_baton();
                    }
                    told.threads.push(waiter);
                }
            }
        }
        later.reverse();
        self.awaiters = later;
        told
    }
}

/// Those to tell of a completion, when the cell's lock is free again.
#[derive(Default)]
pub(super) struct Told {
    threads: Vec<Arc<Waiter>>,
    pub(super) links: Vec<(Arc<dyn Link>, usize)>,
}

impl Told {
    pub(super) fn wake(&self) {
        self.threads.iter().for_each(|waiter| waiter.wake());
    }
}

impl<T> Inner<T> {
    pub(super) fn more(&mut self) -> &mut More<T> {
        self.more.get_or_insert_default()
    }

    /// A holder of a completed promise has gone. Gives the memory back that no one needs any more.
    pub(super) fn tidy(&mut self) {
        if self.holders == 1 && self.more.as_ref().is_some_and(|more| more.is_over()) {
            self.more = None;
        }
    }

    fn awaiters(&self) -> &[Awaiter] {
        self.more.as_ref().map_or(&[], |more| &more.awaiters)
    }

    /// Those who wait, as snapshots show them.
    pub(super) fn awaiting(&self) -> (Vec<Awaiting>, Vec<Arc<dyn Link>>) {
        let (mut awaiting, mut links) = (Vec::new(), Vec::new());
        let takers = self.more.iter().flat_map(|more| &more.takers);
        for awaiter in self.awaiters().iter().chain(takers) {
            match awaiter {
                Awaiter::Thread { waiter, execution, since, .. } => {
                    let thread = Some((Arc::clone(waiter), *since));
                    awaiting.push(Awaiting { id: *execution, thread });
                }
                Awaiter::Link(link, _) => links.push(Arc::clone(link)),
            }
        }
        (awaiting, links)
    }

    /// Registers a thread to be woken when the value, which another holder clones, is back.
    pub(super) fn wait_to_take(&mut self, waiter: &Arc<Waiter>, execution: Id) {
        let takers = &mut self.more().takers;
        // After a spurious wake it may still be there.
        if !takers.iter().any(|taker| taker.is(waiter)) {
            let (waiter, since) = (Arc::clone(waiter), Moment::now());
            takers.push(Awaiter::Thread { waiter, execution, runs: Runs::Nothing, since });
        }
    }

    /// Undoes it.
    pub(super) fn takes(&mut self, waiter: &Arc<Waiter>) {
        self.more().takers.retain(|taker| !taker.is(waiter));
    }

    /// The value is back: who is to be woken.
    pub(super) fn next_taker(&mut self) -> Option<Arc<Waiter>> {
        let takers = &mut self.more.as_mut()?.takers;
        if takers.is_empty() { None } else { takers.remove(0).thread() }
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
}

impl<T> Base<T> {
    pub(in crate::cell) fn with_links(&self, look: &mut dyn FnMut(&mut Option<Box<Links>>)) {
        let mut inner = lock(&self.inner);
        if let Some(more) = &mut inner.more {
            return look(&mut more.links);
        }
        let mut links = None;
        look(&mut links);
        inner.more = links.map(More::with_links);
    }

    /// The execution runs on that thread, which is about to park.
    pub(in crate::cell) fn runs_on(&self, waiter: &Arc<Waiter>) {
        if let Phase::Pending(thread) = &mut lock(&self.inner).phase {
            *thread = Some(Arc::downgrade(waiter));
        }
    }

    /// The thread that the execution runs on, if that thread has parked since.
    pub(in crate::cell) fn where_it_runs(&self) -> Option<Arc<Waiter>> {
        match &lock(&self.inner).phase {
            Phase::Pending(thread) => thread.as_ref()?.upgrade(),
            _ => None,
        }
    }

    /// Registers the current thread to be woken on completion. False if the promise is completed.
    pub(crate) fn register(&self, waiter: &Arc<Waiter>, execution: Id, runs: Runs) -> bool {
        let mut inner = lock(&self.inner);
        let pending = self.header.progress.watch();
        if pending {
            // What is left of a scope's join, which nobody else awaits: a cancelled joiner runs
            // destructors, and those may come here.
            waiter.take_baton();
            let (waiter, since) = (Arc::clone(waiter), Moment::now());
            inner.more().awaiters.push(Awaiter::Thread { waiter, execution, runs, since });
        }
        pending
    }

    /// Undoes [`register`](Base::register). False if the promise was completed meanwhile.
    pub(crate) fn deregister(&self, waiter: &Arc<Waiter>) -> bool {
        let mut inner = lock(&self.inner);
        let pending = !self.is_completed();
        if pending && let Some(more) = &mut inner.more {
            more.awaiters.retain(|awaiter| !awaiter.is(waiter));
        }
        pending
    }

    /// For an awaiter without a deadline that goes on since the promise is completed, before it runs
    /// anything else: wakes the next two, or is forgotten if it was woken by something else.
    pub(crate) fn pass_on(&self, waiter: &Arc<Waiter>) {
        let mut inner = lock(&self.inner);
        let mine = waiter.take_baton();
        let Some(more) = &mut inner.more else { return };
        if !mine {
            more.awaiters.retain(|awaiter| !awaiter.is(waiter));
            return;
        }
        let next = [more.awaiters.pop(), more.awaiters.pop()];
        let next = next.map(|awaiter| awaiter.and_then(Awaiter::thread));
        next.iter().flatten().for_each(|waiter| waiter.gets_baton());
        drop(inner);
        next.iter().flatten().for_each(|waiter| waiter.wake());
    }

    /// Registers a link that is to hear of the completion. False if the promise is completed.
    pub(crate) fn link(&self, link: &Arc<dyn Link>, index: usize) -> bool {
        let mut inner = lock(&self.inner);
        let pending = self.header.progress.watch();
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

    /// Those who wait for the completion.
    pub(in crate::cell) fn awaiters(&self) -> (Vec<Arc<Waiter>>, Vec<Arc<dyn Link>>) {
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

    /// Tells the first awaiter that runs at least so much. False if there is none.
    pub(in crate::cell) fn tell_awaiter_to_run(&self, least: Runs) -> bool {
        let inner = lock(&self.inner);
        let waiter = inner.awaiters().iter().find_map(|awaiter| match awaiter {
            Awaiter::Thread { waiter, runs, .. } if *runs >= least => Some(Arc::clone(waiter)),
            _ => None,
        });
        drop(inner);
        waiter.inspect(|waiter| waiter.tell_to_run()).is_some()
    }
}

// Boxed, and made for each promise that is cloned or that a thread waits for.
#[cfg(all(target_pointer_width = "64", not(shuttle)))]
const _: () = assert!(size_of::<More<u64>>() <= 64);
