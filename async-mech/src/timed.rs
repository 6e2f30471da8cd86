//! A wait that timed out, with the promise in it.

use std::error::Error;
use std::fmt;

use crate::promise::Promise;

/// The promise was still pending at the deadline. It can be waited for again.
#[must_use = "it holds the promise, which is detached when this is dropped"]
pub struct TimedOut<T> {
    promise: Promise<T>,
}

impl<T> TimedOut<T> {
    pub(crate) fn new(promise: Promise<T>) -> TimedOut<T> {
        TimedOut { promise }
    }

    /// The promise, as usable as before.
    pub fn into_promise(self) -> Promise<T> {
        self.promise
    }
}

impl<T> fmt::Display for TimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promise = &self.promise;
        let (id, name, at) = (promise.id(), promise.name(), promise.location());
        write!(f, "timed out waiting for execution {id} `{name}` ({}:{})", at.file(), at.line())
    }
}

impl<T> fmt::Debug for TimedOut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimedOut").field(&self.promise).finish()
    }
}

impl<T> Error for TimedOut<T> {}
