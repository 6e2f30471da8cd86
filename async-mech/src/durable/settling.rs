//! Hearing of a promise's outcome, without a thread that waits.

use std::sync::{Arc, Mutex};

use crate::cell::link::{Inputs, Link};
use crate::cell::{Outcome, Task};
use crate::promise::Promise;

/// Calls `then` with the outcome when it is there.
pub(super) fn when<T: Send + 'static>(
    promise: Promise<T>,
    then: impl FnOnce(Outcome<T>) + Send + 'static,
) {
    let cell = promise.pending_cell();
    let heard: Arc<dyn Link> = Arc::new(Hears(Mutex::new(Some((promise, then)))));
    crate::cell::link::join(&heard, cell, 0);
}

struct Hears<T, F>(Mutex<Option<(Promise<T>, F)>>);

impl<T: Send, F: FnOnce(Outcome<T>) + Send> Link for Hears<T, F> {
    fn settled(self: Arc<Self>, _: usize) {
        let pair = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some((promise, then)) = pair {
            then(promise.completed());
        }
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        None
    }

    fn inputs(&self) -> Inputs {
        Inputs { any: false, pending: Vec::new() }
    }

    fn cancelled(&self) {}
}
