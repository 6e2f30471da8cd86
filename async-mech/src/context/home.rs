//! Where a thread's invocations go, and where what is left of them is removed.
//!
//! An invoke and await makes an entry in the shard and gives it up a moment later. To do both under
//! one lock, the entry of a promise whose awaiter lent its thread is left there until the next
//! invocation of the same thread takes its place. A thread leaves a few at the most, and none when
//! it rests.

use std::cell::RefCell;
use std::sync::Arc;

use crate::cell::{Header, Task};
use crate::sync::atomic::Ordering;
use crate::threads::Threads;
use crate::threads::shared::SharedShard;

/// Entries that a thread leaves at the most. Each keeps a cell, without callee and value.
const FEW: usize = 8;

/// An event loop, and the shard of it where a thread's invocations go.
pub(crate) struct Home {
    pub(crate) threads: Arc<Threads>,
    pub(crate) shard: SharedShard,
    /// Entries of promises that are over.
    left: RefCell<Vec<u32>>,
}

impl Clone for Home {
    fn clone(&self) -> Self {
        let (threads, shard) = (Arc::clone(&self.threads), self.shard.clone());
        Home { threads, shard, left: RefCell::default() }
    }
}

impl Home {
    pub(super) fn new(threads: &Arc<Threads>, number: usize) -> Home {
        let shard = threads.home(number).clone();
        Home { threads: Arc::clone(threads), shard, left: RefCell::default() }
    }

    /// Registers a live promise, whose callee may be queued; see [`Shard::insert`].
    ///
    /// [`Shard::insert`]: crate::threads::shard::Shard::insert
    #[inline]
    pub(crate) fn register(&self, header: &Header, task: Arc<dyn Task>, queue: bool) -> bool {
        let left = self.left.borrow_mut().pop();
        // What was there is dropped here, outside the lock.
        let (queued, _over) = self.shard.insert(header, task, queue, left);
        queued
    }

    /// Leaves the entry of a promise that is over. False if it is not this shard's.
    #[inline]
    pub(super) fn leaves(&self, header: &Header) -> bool {
        if !std::ptr::eq(&*self.shard, &*header.home) {
            return false;
        }
        let mut left = self.left.borrow_mut();
        left.push(header.slot.load(Ordering::Relaxed));
        if left.len() == FEW {
            drop(left);
            self.tidy();
        }
        true
    }

    /// Removes what was left.
    #[inline(never)]
    pub(super) fn tidy(&self) {
        let mut left = self.left.borrow_mut();
        if !left.is_empty() {
            let over = self.shard.remove_all(&mut left);
            drop(left);
            drop(over);
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.tidy();
    }
}

/// Removes the entry of a promise that is over.
#[inline(never)]
pub(crate) fn remove(header: &Header) {
    drop(header.home.remove(header.slot.load(Ordering::Relaxed)));
}
