//! An endless input that tells how far it has been read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An input that counts how often it is pulled.
pub fn counted(pulls: &Arc<AtomicUsize>) -> impl Iterator<Item = usize> + use<> {
    let pulls = Arc::clone(pulls);
    (0..).inspect(move |_| {
        pulls.fetch_add(1, Ordering::SeqCst);
    })
}
