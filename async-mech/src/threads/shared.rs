//! A shard as promises hold it: counted, unless its loop lives as long as the process.

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

use super::shard::Shard;

/// Every promise holds its shard. In the global loop, which is never dropped, that costs nothing:
/// counting would be two atomic writes an invocation, to a word that all threads share.
///
/// One word, which an enum of both ways would not be: a promise is eight bytes less.
pub(crate) struct SharedShard(ManuallyDrop<Arc<Shard>>);

impl SharedShard {
    pub(super) fn new(shard: Shard) -> SharedShard {
        SharedShard(ManuallyDrop::new(Arc::new(shard)))
    }
}

impl Deref for SharedShard {
    type Target = Shard;

    #[inline(always)]
    fn deref(&self) -> &Shard {
        &self.0
    }
}

impl Clone for SharedShard {
    #[inline]
    fn clone(&self) -> SharedShard {
        if !self.kept {
            return SharedShard(ManuallyDrop::clone(&self.0));
        }
        // SAFETY: all copies stand for the one count that `new` made, which `drop` never gives back.
        #[allow(unsafe_code, reason = "an `Arc` that is not counted")]
        let copy = unsafe { std::ptr::read(&raw const *self.0) };
        SharedShard(ManuallyDrop::new(copy))
    }
}

impl Drop for SharedShard {
    #[inline]
    fn drop(&mut self) {
        if !self.kept {
            // SAFETY: it has a count of its own, and nobody uses it any more.
            #[allow(unsafe_code, reason = "only a shard that is counted is given up")]
            unsafe {
                ManuallyDrop::drop(&mut self.0);
            }
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{Shard, SharedShard};
    use crate::sync::lock;
    use crate::threads::{Config, Threads};

    /// Where those that are kept are, so that memcheck does not take them for lost.
    static KEPT: Mutex<Vec<SharedShard>> = Mutex::new(Vec::new());

    /// How many shards there are besides the loop's own: before any, with two that hold one, with the
    /// other of these alone, and after that.
    fn shards(kept: bool) -> [usize; 4] {
        let threads = Threads::new(Config::default(), false);
        // Each has a weak reference to its loop.
        let own = Arc::weak_count(&threads);
        let count = || Arc::weak_count(&threads) - own;
        let none = count();
        let one = SharedShard::new(Shard::new(Arc::downgrade(&threads), 0, true, kept));
        let other = one.clone();
        let two = count();
        drop(one);
        let last = count();
        assert_eq!((other.kept, other.queued()), (kept, 0));
        if kept {
            lock(&KEPT).push(other.clone());
        }
        drop(other);
        [none, two, last, count()]
    }

    #[test]
    fn a_shard_is_dropped_with_the_last_who_has_it() {
        assert_eq!(shards(false), [0, 1, 1, 0]);
    }

    #[test]
    fn a_shard_that_is_kept_is_never_dropped() {
        assert_eq!(shards(true), [0, 1, 1, 1]);
    }
}
