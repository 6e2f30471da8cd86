//! The lists of a shard's queued callees: linked by index, so that an entry leaves in constant time.

use super::{At, Entries, List, NONE, Which};

impl Entries {
    #[inline]
    pub(super) fn id(&self, index: u32) -> u64 {
        self.slab.get(index).task().header().id.as_u64()
    }

    /// The callee to take next: the older of the two lists' first.
    #[inline]
    pub(super) fn first(&self) -> Option<u32> {
        match (self.awaited.first, self.queue.first) {
            (NONE, NONE) => None,
            (index, NONE) | (NONE, index) => Some(index),
            (awaited, queued) if self.id(awaited) < self.id(queued) => Some(awaited),
            (_, queued) => Some(queued),
        }
    }

    #[inline]
    fn list(&mut self, which: Which) -> &mut List {
        match which {
            Which::Awaited => &mut self.awaited,
            Which::Queue => &mut self.queue,
        }
    }

    #[inline(always)]
    pub(super) fn push(&mut self, which: Which, index: u32) {
        let last = std::mem::replace(&mut self.list(which).last, index);
        match last {
            NONE => self.list(which).first = index,
            last => *self.slab.get_mut(last).neighbours().1 = index,
        }
        self.slab.get_mut(index).at = At::List { which, previous: last, next: NONE };
    }

    /// Removes an entry from the list it is in, and says which. Then it is `at`.
    #[inline(always)]
    pub(super) fn unlink(&mut self, index: u32, at: At) -> Option<Which> {
        let entry = self.slab.get_mut(index);
        let At::List { which, previous, next } = entry.at else { return None };
        entry.at = at;
        self.close_gap(which, previous, next);
        Some(which)
    }

    /// Makes neighbours of what was on both sides of an entry.
    #[inline]
    fn close_gap(&mut self, which: Which, previous: u32, next: u32) {
        match previous {
            NONE => self.list(which).first = next,
            previous => *self.slab.get_mut(previous).neighbours().1 = next,
        }
        match next {
            NONE => self.list(which).last = previous,
            next => *self.slab.get_mut(next).neighbours().0 = previous,
        }
    }
}
