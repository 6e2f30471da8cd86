//! Hearing of a promise's completion, without a thread that waits.

use std::sync::Arc;

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::promise::Promise;
use crate::sync::{Mutex, lock};

/// Calls `then` with the promise when it is completed.
pub(crate) fn when<T: Send + 'static>(
    promise: Promise<T>,
    then: impl FnOnce(Promise<T>) + Send + 'static,
) {
    let cell = promise.pending_cell();
    let heard: Arc<dyn Link> = Arc::new(Hears { pair: Mutex::new(Some((promise, then))) });
    link::join(&heard, cell, 0);
}

struct Hears<T, F> {
    /// There until the promise is completed.
    pair: Mutex<Option<(Promise<T>, F)>>,
}

impl<T: Send, F: FnOnce(Promise<T>) + Send> Link for Hears<T, F> {
    fn settled(self: Arc<Self>, _: usize) {
        let pair = lock(&self.pair).take();
        if let Some((promise, then)) = pair {
            then(promise);
        }
    }

    /// Whoever hears of it may do anything with the value.
    fn target(&self) -> Option<Arc<dyn Task>> {
        None
    }

    fn inputs(&self) -> Inputs {
        Inputs { any: false, pending: Vec::new() }
    }

    fn cancelled(&self) {}
}
