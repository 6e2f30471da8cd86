//! A shard: live promises of some threads, and the queue of their callees not yet taken.
//!
//! Every live promise has an entry in the shard of the thread that made it. Whoever unlinks an
//! entry from its list owns the callee: that is the claim, and the shard's lock decides it. So a
//! queue never holds a claimed entry, and its length is exact.
//!
//! What a join offers (`offers`) is queued here too, but is no promise until it is taken.

mod lists;
mod offers;

use std::sync::{Arc, Weak};

pub(crate) use self::offers::Offered;
use self::offers::Offers;
use super::Threads;
use super::slab::Slab;
use crate::cell::{Cell, Header, Task};
use crate::execution::Id;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Mutex, lock};

/// See the module's text. What one thread writes at each invocation is no neighbour of what another
/// does.
#[repr(align(128))]
pub(crate) struct Shard {
    /// The event loop this shard belongs to.
    pub(crate) threads: Weak<Threads>,
    /// That loop's number: equal numbers, same loop.
    pub(crate) loop_number: u64,
    /// Whether that loop lends threads.
    pub(crate) lend: bool,
    /// Whether the shard is never dropped, nor counted.
    pub(super) kept: bool,
    /// Id of the oldest queued callee, 0 when none is. Written under the lock. Only a hint by
    /// itself; the protocol of `searchers` says which reads must see which writes.
    oldest: AtomicU64,
    /// How many callees are queued. Written under the lock; a hint like `oldest`.
    queued: AtomicU64,
    /// Whether some execution is parked for one of them. Written under the lock, and a hint.
    any_awaited: AtomicBool,
    entries: Mutex<Entries>,
}

struct Entries {
    slab: Slab<Entry>,
    /// Callees not yet taken that some execution is parked for. At the thread ceiling their
    /// awaiters are told to run them.
    awaited: List,
    /// The other callees not yet taken, oldest first.
    queue: List,
    /// Second halves of joins, which may be taken like queued callees.
    offers: Offers,
    /// Whether the loop was shut down.
    closed: bool,
}

#[derive(Default)]
struct Entry {
    /// There while the entry is in use.
    task: Option<Arc<dyn Task>>,
    at: At,
}

/// Where a promise's function is. Small, as there may be millions.
#[derive(Clone, Copy, Default)]
enum At {
    /// In this list, between these.
    List { which: Which, previous: u32, next: u32 },
    /// Taken, on the thread that this execution lent.
    Lent(Id),
    /// Taken; or there is none.
    #[default]
    Taken,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Awaited,
    Queue,
}

#[derive(Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

const NONE: u32 = u32::MAX;

/// A live promise as [`Shard::live`] reports it.
pub(crate) struct Live {
    pub(crate) task: Arc<dyn Task>,
    pub(crate) queued: bool,
    pub(crate) lender: Option<Id>,
}

impl Shard {
    pub(crate) fn new(threads: Weak<Threads>, loop_number: u64, lend: bool, kept: bool) -> Shard {
        let empty = List { first: NONE, last: NONE };
        Shard {
            threads,
            loop_number,
            lend,
            kept,
            oldest: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            any_awaited: AtomicBool::new(false),
            entries: Mutex::new(Entries {
                slab: Slab::new(),
                awaited: empty,
                queue: empty,
                offers: Offers::default(),
                closed: false,
            }),
        }
    }

    /// Registers a live promise; with `queue`, its callee waits to be taken, which is true unless
    /// the shard is closed. If a promise that is over has `left` its entry, it takes that one's
    /// place; what was there is returned so that it is dropped outside the lock.
    #[inline]
    pub(crate) fn insert(
        &self,
        header: &Header,
        task: Arc<dyn Task>,
        queue: bool,
        left: Option<u32>,
    ) -> (bool, Option<Arc<dyn Task>>) {
        let mut entries = lock(&self.entries);
        let (index, entry) = match left {
            Some(index) => (index, entries.slab.get_mut(index)),
            None => entries.slab.insert(),
        };
        header.slot.store(index, Ordering::Relaxed);
        let over = entry.task.replace(task);
        entry.at = At::Taken;
        (queue && self.queue(&mut entries, index, header.id), over)
    }

    /// The same for an invocation that takes over one of the entries that were `left`: of the last few
    /// the first that is `wanted`, else the last. `renew` makes its cell of what is there. It runs
    /// under the lock, through which alone others can get at that cell, so it must not run a stranger's
    /// code.
    #[inline(always)]
    pub(crate) fn renew<T, F>(
        &self,
        left: &mut Vec<u32>,
        wanted: impl Fn(&dyn Task) -> bool,
        renew: impl FnOnce(Arc<dyn Task>) -> Arc<Cell<T, F>>,
    ) -> (bool, Arc<Cell<T, F>>)
    where
        Cell<T, F>: Task + 'static,
    {
        const LOOKED_AT: usize = 4;
        let mut entries = lock(&self.entries);
        let first = left.len().saturating_sub(LOOKED_AT);
        let wanted = (first..left.len())
            .rev()
            .find(|&at| wanted(&**entries.slab.get(left[at]).task()))
            .unwrap_or(left.len() - 1);
        let index = left.swap_remove(wanted);
        let entry = entries.slab.get_mut(index);
        let cell = renew(entry.task.take().expect("an entry in use has its task"));
        let header = cell.header();
        header.slot.store(index, Ordering::Relaxed);
        let id = header.id;
        entry.task = Some(Arc::clone(&cell) as Arc<dyn Task>);
        entry.at = At::Taken;
        (self.queue(&mut entries, index, id), cell)
    }

    /// Queues the callee of an entry, unless the shard is closed. Under the lock.
    #[inline(always)]
    fn queue(&self, entries: &mut Entries, index: u32, id: Id) -> bool {
        if entries.closed {
            return false;
        }
        entries.push(Which::Queue, index);
        // Else the oldest is the same as before, or what was offered and is almost as old.
        if self.oldest() == 0 {
            self.oldest.store(id.as_u64(), Ordering::Relaxed);
        }
        self.queued.store(self.queued() + 1, Ordering::Relaxed);
        true
    }

    /// From now on nothing is queued here. Takes what is, but leaves offers, which are part of their
    /// callers.
    pub(crate) fn close(&self) -> Vec<Arc<dyn Task>> {
        let mut entries = lock(&self.entries);
        entries.closed = true;
        let mut taken = Vec::new();
        while let Some(index) = entries.first() {
            taken.push(self.take_callee(&mut entries, index));
        }
        taken
    }

    /// Whether nothing is queued here any more.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.entries).closed
    }

    /// Takes the callee of the promise with that id out of the queue. False if somebody else has.
    /// Not all who claim hold the promise: the index may have been given to another since.
    #[inline]
    pub(crate) fn claim(&self, index: u32, id: Id, lender: Option<Id>) -> bool {
        let mut entries = lock(&self.entries);
        let entry = entries.slab.find_mut(index);
        entry.is_some_and(|entry| entry.task().header().id == id)
            && self.claim_locked(&mut entries, index, lender.map_or(At::Taken, At::Lent))
    }

    /// The same by a holder of the promise, who lends its thread: the index is still that promise's.
    #[inline]
    pub(crate) fn claim_held(&self, index: u32, id: Id, lender: Id) -> bool {
        let mut entries = lock(&self.entries);
        debug_assert!(entries.slab.get(index).task().header().id == id);
        self.claim_locked(&mut entries, index, At::Lent(lender))
    }

    #[inline(always)]
    fn claim_locked(&self, entries: &mut Entries, index: u32, at: At) -> bool {
        let listed = entries.unlink(index, at).is_some();
        if listed {
            self.publish(entries, u64::MAX);
        }
        listed
    }

    /// Takes the oldest queued callee.
    pub(crate) fn take(&self) -> Option<Arc<dyn Task>> {
        if self.oldest() == 0 {
            return None;
        }
        self.take_locked(&mut lock(&self.entries))
    }

    fn take_locked(&self, entries: &mut Entries) -> Option<Arc<dyn Task>> {
        let first = entries.first();
        if let Some(offered) = entries.offers.take_before(first.map(|index| entries.id(index))) {
            return Some(self.promote(entries, offered));
        }
        first.map(|index| self.take_callee(entries, index))
    }

    fn take_callee(&self, entries: &mut Entries, index: u32) -> Arc<dyn Task> {
        entries.unlink(index, At::Taken);
        self.publish(entries, u64::MAX);
        Arc::clone(entries.slab.get_mut(index).task())
    }

    /// Says that an execution is about to park for this promise. True if its callee is queued.
    pub(crate) fn mark_awaited(&self, index: u32) -> bool {
        let mut entries = lock(&self.entries);
        match entries.unlink(index, At::Taken) {
            None => false,
            Some(_) => {
                entries.push(Which::Awaited, index);
                self.publish(&entries, 0);
                true
            }
        }
    }

    /// The oldest queued callee that some execution is parked for. One that is parking just now may be
    /// missed by a relaxed read, but either looks itself, or has seen the caller search: then the
    /// fences of `searchers` lie between what it said and this.
    pub(crate) fn first_awaited(&self) -> Option<Arc<dyn Task>> {
        if !self.any_awaited.load(Ordering::Relaxed) {
            return None;
        }
        let mut entries = lock(&self.entries);
        match entries.awaited.first {
            NONE => None,
            index => Some(Arc::clone(entries.slab.get_mut(index).task())),
        }
    }

    /// All queued callees that some execution is, or was, parked for.
    pub(crate) fn awaited(&self) -> Vec<Arc<dyn Task>> {
        let entries = lock(&self.entries);
        let awaited = entries
            .slab
            .iter()
            .filter(|entry| matches!(entry.at, At::List { which: Which::Awaited, .. }));
        awaited.map(|entry| Arc::clone(entry.task())).collect()
    }

    /// Forgets a promise that is over: completed, and nobody holds it. The entry is returned so that
    /// it is dropped outside the lock.
    #[must_use = "dropped outside the lock"]
    pub(crate) fn remove(&self, index: u32) -> Option<Arc<dyn Task>> {
        lock(&self.entries).remove(index)
    }

    /// The same for several.
    #[must_use = "dropped outside the lock"]
    pub(crate) fn remove_all(
        &self,
        left: impl ExactSizeIterator<Item = u32>,
    ) -> Vec<Option<Arc<dyn Task>>> {
        let mut over = Vec::with_capacity(left.len());
        let mut entries = lock(&self.entries);
        over.extend(left.map(|index| entries.remove(index)));
        over
    }

    /// All live promises, in no order.
    pub(crate) fn live(&self) -> Vec<Live> {
        let entries = lock(&self.entries);
        let live = entries.slab.iter().filter(|entry| !entry.task().header().progress.is_over());
        let live = live.map(|entry| Live {
            task: Arc::clone(entry.task()),
            queued: entry.is_queued(),
            lender: match entry.at {
                At::Lent(lender) => Some(lender),
                _ => None,
            },
        });
        live.collect()
    }

    /// Id of the oldest queued callee, 0 if there is none. A relaxed read.
    #[inline]
    pub(crate) fn oldest(&self) -> u64 {
        self.oldest.load(Ordering::Relaxed)
    }

    /// How many callees are queued. A relaxed read.
    #[inline]
    pub(crate) fn queued(&self) -> u64 {
        self.queued.load(Ordering::Relaxed)
    }

    /// Updates the hints, under the lock.
    #[inline]
    fn publish(&self, entries: &Entries, change: u64) {
        let first = entries.offers.oldest_of(entries.first().map(|index| entries.id(index)));
        let queued = self.queued.load(Ordering::Relaxed).wrapping_add(change);
        self.queued.store(queued, Ordering::Relaxed);
        self.oldest.store(first, Ordering::Relaxed);
        self.any_awaited.store(entries.awaited.first != NONE, Ordering::Relaxed);
    }
}

impl Entry {
    #[inline]
    fn task(&self) -> &Arc<dyn Task> {
        self.task.as_ref().expect("an entry in use has its task")
    }

    #[inline]
    fn is_queued(&self) -> bool {
        matches!(self.at, At::List { .. })
    }

    /// Its neighbours, in a list that it must be in.
    #[inline]
    fn neighbours(&mut self) -> (&mut u32, &mut u32) {
        match &mut self.at {
            At::List { previous, next, .. } => (previous, next),
            _ => unreachable!("an entry in a list knows its neighbours"),
        }
    }
}

impl Entries {
    fn remove(&mut self, index: u32) -> Option<Arc<dyn Task>> {
        self.slab.remove(index, |entry| entry.task.take())
    }
}

// A million live promises are a million of these.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Entry>() == 32);
