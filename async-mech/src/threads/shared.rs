//! A shard as promises hold it: counted, unless its loop lives as long as the process.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use super::shard::Shard;

/// Every promise holds its shard. In the global loop, which is never dropped, that costs nothing:
/// counting would be two atomic writes an invocation, to a word that all threads share.
///
/// One word, which an enum of both ways would not be: a promise is eight bytes less.
pub(crate) struct SharedShard(NonNull<Shard>);

// SAFETY: it gives out shared references alone, and whoever drops the last one drops the shard: as an
// `Arc`, of what can be shared and sent.
#[allow(unsafe_code, reason = "a pointer is neither sent nor shared by itself")]
unsafe impl Send for SharedShard where Arc<Shard>: Send {}
#[allow(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl Sync for SharedShard where Arc<Shard>: Sync {}

impl SharedShard {
    pub(super) fn new(shard: Shard) -> SharedShard {
        let shard = Arc::into_raw(Arc::new(shard)).cast_mut();
        SharedShard(NonNull::new(shard).expect("an `Arc` points at something"))
    }
}

impl Deref for SharedShard {
    type Target = Shard;

    #[inline(always)]
    fn deref(&self) -> &Shard {
        // SAFETY: `new` has one count of the shard for itself. Of a shard that is kept it is never given
        // back; of any other each `SharedShard` has one of its own, from `clone` until it is dropped.
        #[allow(unsafe_code, reason = "the count says that it is there")]
        unsafe {
            self.0.as_ref()
        }
    }
}

impl Clone for SharedShard {
    #[inline]
    fn clone(&self) -> SharedShard {
        if !self.kept {
            // SAFETY: it is from an `Arc`, whose count is not zero, as `deref` says.
            #[allow(unsafe_code, reason = "the count is that of an `Arc`")]
            unsafe {
                Arc::increment_strong_count(self.0.as_ptr());
            }
        }
        SharedShard(self.0)
    }
}

impl Drop for SharedShard {
    #[inline]
    fn drop(&mut self) {
        if !self.kept {
            // SAFETY: the count is this one's own, which nobody uses any more.
            #[allow(unsafe_code, reason = "the count is that of an `Arc`")]
            unsafe {
                Arc::decrement_strong_count(self.0.as_ptr());
            }
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::Arc;

    use super::{Shard, SharedShard};
    use crate::threads::{Config, Threads};

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
