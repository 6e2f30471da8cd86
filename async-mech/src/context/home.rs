//! Where a thread's invocations go, and where what is left of them is removed.
//!
//! An invoke and await makes a cell with an entry in the shard, and gives both up a moment later. The
//! entry of a promise whose awaiter lent its thread is left there until the next invocation of the same
//! thread takes its place, under one lock for both, and its cell, if that has the right type
//! (`cell/again.rs`). A thread leaves a few at the most, and none when it rests.

use std::cell::RefCell;
use std::sync::Arc;

use crate::cell::{Cell, Header, Invocation, Owned, Task};
use crate::sync::atomic::Ordering;
use crate::threads::Threads;
use crate::threads::shared::SharedShard;
#[cfg(feature = "trace")]
use crate::trace;

/// Entries that a thread leaves at the most. Each keeps a cell, without callee and value.
const FEW: usize = 16;
/// How many are removed at once if there are more: those left first, as the last are taken over first.
const MANY: usize = 8;

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

    /// Registers an invocation, and queues its callee, which is true unless the loop is shut down. It
    /// takes over the cell of one that is over, if there is one of its type.
    #[inline(always)]
    pub(crate) fn invoke<T, F>(
        &self,
        invocation: Invocation,
        callee: F,
    ) -> (bool, Arc<Cell<T, Owned<F>>>)
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        #[allow(unused_mut, reason = "without the feature `trace` nobody observes")]
        let mut again = true;
        // It is told of before others can see it.
        observed!(again = false);
        // What is not taken over is dropped at the end, outside the lock.
        let mut _over = None;
        let mut left = self.left.borrow_mut();
        if again && !left.is_empty() {
            return self.shard.renew(&mut left, Cell::<T, Owned<F>>::is_of, |over| {
                Cell::again(over, invocation, callee).unwrap_or_else(
                    |(over, invocation, callee)| {
                        _over = Some(over);
                        self.cell(invocation, callee)
                    },
                )
            });
        }
        drop(left);
        let cell = self.cell(invocation, callee);
        observed!(trace::emit(cell.header(), None, trace::Kind::Invoke));
        let queued = self.register(cell.header(), Arc::clone(&cell) as Arc<dyn Task>, true);
        (queued, cell)
    }

    /// Out of line, as it is called in two places, each of which is compiled for each callee.
    #[inline(never)]
    fn cell<T, F>(&self, invocation: Invocation, callee: F) -> Arc<Cell<T, Owned<F>>> {
        let (header, links) = Header::of_invocation(invocation, &self.shard);
        Cell::placed(header, links, Some(Owned(callee)))
    }

    /// Leaves the entry of a promise that is over. False if it is not this shard's, or keeps a large cell.
    #[inline]
    pub(super) fn leaves(&self, header: &Header) -> bool {
        if !std::ptr::eq(&*self.shard, &*header.home) || header.is_large() {
            return false;
        }
        let mut left = self.left.borrow_mut();
        if left.len() == FEW {
            drop(left);
            self.remove(MANY);
            left = self.left.borrow_mut();
        }
        left.push(header.slot.load(Ordering::Relaxed));
        true
    }

    /// Removes what was left.
    #[inline(never)]
    pub(super) fn tidy(&self) {
        self.remove(FEW);
    }

    /// Removes up to so many of those left first.
    #[inline(never)]
    fn remove(&self, many: usize) {
        let mut left = self.left.borrow_mut();
        let many = left.len().min(many);
        if many > 0 {
            let over = self.shard.remove_all(left.drain(..many));
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
