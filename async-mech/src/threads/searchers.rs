//! Who is on the way to the queues: the counter, and the fences that no wake-up may slip through.
//!
//! **Invariant: while any queue is non-empty, some thread is on its way to it** (or every start
//! was refused: the ceiling). It rests on two pairs of "publish, then look", both sequentially
//! consistent by a fence between the two halves:
//!
//! | a thread that queues a callee | a thread that stops searching |
//! |---|---|
//! | publishes the callee in its shard | publishes that it no longer searches ([`Searchers::stop`]) |
//! | fence | fence |
//! | looks for searchers ([`Searchers::after_publishing`]); none: calls one | looks at the queues; something: searches on |
//!
//! Of several that stop, only the last has to look: the others may rely on it ([`Searchers::stop`]).
//!
//! With weaker orderings both could read the old value (store buffering), each relying on the
//! other, and the callee would wait for ever. The loom model in `tests/models` runs this file.

use crate::sync::atomic::{AtomicUsize, Ordering, fence};

/// How many threads are on their way to the queues.
#[derive(Debug)]
pub(crate) struct Searchers {
    count: AtomicUsize,
}

impl Searchers {
    /// Nobody searches.
    pub(crate) fn new() -> Self {
        Searchers { count: AtomicUsize::new(0) }
    }

    /// How many search, for a thread that has just published work in a queue.
    #[inline]
    pub(crate) fn after_publishing(&self) -> usize {
        fence(Ordering::SeqCst);
        self.count.load(Ordering::Relaxed)
    }

    /// Whether nobody seems to search. No protocol rests on this.
    #[inline]
    #[cfg_attr(loom, allow(dead_code, reason = "the model is of what a protocol rests on"))]
    pub(crate) fn seem_to_be_none(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// One more thread is on its way.
    pub(crate) fn start(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// One less is; how many still are. The caller must look at the queues afterwards, or rely on
    /// those: the last one looks, and sees what others did before they stopped.
    pub(crate) fn stop(&self) -> usize {
        let before = self.count.fetch_sub(1, Ordering::AcqRel);
        fence(Ordering::SeqCst);
        before - 1
    }
}
