//! Offers: second halves of joins, in their callers' frames, which threads take as they take queued
//! callees.
//!
//! An offer has no cell and no entry. Whoever takes it makes both, under the lock under which it
//! leaves the list: so its caller, who looks under the same lock, finds either an offer or an
//! execution. No stranger's code runs meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{At, Entries, Shard};
use crate::cell::Task;
use crate::execution::Id;
use crate::sync::atomic::Ordering;
use crate::sync::lock;

/// An offer, as its shard lists it.
pub(crate) struct Offered {
    /// That of the execution that it becomes if it is taken.
    id: Id,
    /// Where it is.
    offer: *const (),
    promote: unsafe fn(*const ()) -> Arc<dyn Task>,
}

// SAFETY: by `new` the offer is there as long as this, and `promote` may be called by any thread.
#[allow(unsafe_code, reason = "a pointer is not sent by itself")]
unsafe impl Send for Offered {}

impl Offered {
    /// `promote` makes an execution of the offer that it is given, registered nowhere yet.
    ///
    /// # Safety
    ///
    /// Any thread may call `promote` with `offer`, once, from when this is listed until
    /// [`Shard::withdraw`] has returned. It does not unwind.
    #[allow(unsafe_code, reason = "an offer is in a frame, whose lifetime a list cannot have")]
    #[inline]
    pub(crate) unsafe fn new(
        id: Id,
        offer: *const (),
        promote: unsafe fn(*const ()) -> Arc<dyn Task>,
    ) -> Offered {
        Offered { id, offer, promote }
    }
}

/// The offers of a shard's threads, the oldest first: each thread's last one is withdrawn first.
#[derive(Default)]
pub(super) struct Offers(VecDeque<Offered>);

impl Offers {
    /// Room that is kept when there are none.
    const KEPT: usize = 1_024;

    /// Id of what is the oldest, offers and a callee taken together; 0 if there is nothing.
    #[inline]
    pub(super) fn oldest_of(&self, callee: Option<u64>) -> u64 {
        let offer = self.0.front().map(|offered| offered.id.as_u64());
        match (offer, callee) {
            (Some(offer), Some(callee)) => offer.min(callee),
            (offer, callee) => offer.or(callee).unwrap_or(0),
        }
    }

    /// The oldest, if it is older than that callee.
    pub(super) fn take_before(&mut self, callee: Option<u64>) -> Option<Offered> {
        let oldest = self.0.front()?.id.as_u64();
        if callee.is_some_and(|callee| callee < oldest) { None } else { self.0.pop_front() }
    }

    /// Takes one out of the list. If it was there: whether it was the oldest.
    #[inline]
    fn remove(&mut self, id: Id) -> Option<bool> {
        if self.0.back().is_some_and(|last| last.id == id) {
            self.0.pop_back();
            return Some(self.0.is_empty());
        }
        self.remove_inner(id)
    }

    /// One that other threads' have come after, or that is gone.
    #[cold]
    fn remove_inner(&mut self, id: Id) -> Option<bool> {
        let at = self.0.iter().rposition(|offered| offered.id == id)?;
        self.0.remove(at);
        Some(at == 0)
    }

    /// Gives back what a deep recursion has taken.
    #[inline]
    fn tidy(&mut self) {
        if self.0.is_empty() && self.0.capacity() > Offers::KEPT {
            self.0 = VecDeque::new();
        }
    }
}

impl Shard {
    /// Lists an offer. If it was alone: then the caller sees to it that a thread is on its way.
    /// Otherwise one is already, as something was queued here before: the invariant of `searchers`.
    /// Nothing if the shard is closed.
    #[inline]
    pub(crate) fn offer(&self, offered: Offered) -> Option<bool> {
        let mut entries = lock(&self.entries);
        if entries.closed {
            return None;
        }
        let alone = self.oldest() == 0;
        if alone {
            self.oldest.store(offered.id.as_u64(), Ordering::Relaxed);
        }
        entries.offers.0.push_back(offered);
        self.queued.store(self.queued() + 1, Ordering::Relaxed);
        Some(alone)
    }

    /// Takes an offer back. False if a thread has taken it: then it has been promoted.
    #[inline]
    pub(crate) fn withdraw(&self, id: Id) -> bool {
        let mut entries = lock(&self.entries);
        match entries.offers.remove(id) {
            None => return false,
            Some(false) => self.queued.store(self.queued() - 1, Ordering::Relaxed),
            Some(true) => {
                entries.offers.tidy();
                self.publish(&entries, u64::MAX);
            }
        }
        true
    }

    /// Makes an execution of an offer that has just been taken.
    #[cold]
    pub(super) fn promote(&self, entries: &mut Entries, offered: Offered) -> Arc<dyn Task> {
        // SAFETY: it was in the list until now, and so has been neither promoted nor withdrawn. It
        // will be found to be gone only under the lock, which is held until it is promoted.
        #[allow(unsafe_code, reason = "`Offered::new` says when it may be called")]
        let task = unsafe { (offered.promote)(offered.offer) };
        let (index, entry) = entries.slab.insert();
        task.header().slot.store(index, Ordering::Relaxed);
        entry.task = Some(Arc::clone(&task));
        entry.at = At::Taken;
        self.publish(entries, u64::MAX);
        task
    }
}
