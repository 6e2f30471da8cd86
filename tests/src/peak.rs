//! Counts how many bodies run at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are between [`enter`](Peak::enter) and the drop of what it gives, and were at most.
#[derive(Clone, Debug, Default)]
pub struct Peak(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One of them.
#[derive(Debug)]
pub struct Inside(Arc<Counts>);

impl Peak {
    /// One more, until what this gives is dropped.
    #[must_use = "it counts until it is dropped"]
    pub fn enter(&self) -> Inside {
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        Inside(Arc::clone(&self.0))
    }

    /// As many as there have been at once.
    #[must_use]
    pub fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}
