//! A shard as promises hold it: counted, unless its loop lives as long as the process.

use std::ops::Deref;
use std::sync::Arc;

use super::shard::Shard;

/// Every promise holds its shard. In the global loop, which is never dropped, that costs nothing:
/// counting would be two atomic writes an invocation, to a word that all threads share.
#[derive(Clone)]
pub(crate) enum SharedShard {
    Kept(&'static Shard),
    Counted(Arc<Shard>),
}

impl SharedShard {
    pub(super) fn new(shard: Shard, is_kept: bool) -> SharedShard {
        if is_kept {
            SharedShard::Kept(Box::leak(Box::new(shard)))
        } else {
            SharedShard::Counted(Arc::new(shard))
        }
    }
}

impl Deref for SharedShard {
    type Target = Shard;

    #[inline]
    fn deref(&self) -> &Shard {
        match self {
            SharedShard::Kept(shard) => shard,
            SharedShard::Counted(shard) => shard,
        }
    }
}
