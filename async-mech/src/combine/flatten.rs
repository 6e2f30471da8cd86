//! `flatten`: a promise of a promise as one promise.

use std::panic::Location;
use std::sync::Arc;

use super::staged::{self, First};
use crate::cell::Task;
use crate::failure::Failure;
use crate::promise::Promise;
use crate::resolver;

impl<T: Send + 'static> Promise<Promise<T>> {
    /// The promise's promise: completes as the inner one does. No thread waits for it meanwhile.
    ///
    /// JavaScript does this without being asked when a promise is resolved with another; here it is
    /// said, or written as `p.await.await`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke};
    ///
    /// fn countdown(n: u32) -> Promise<&'static str> {
    ///     match n {
    ///         0 => invoke!(|| "lift-off"),
    ///         // Returns at once: no thread waits for the ones below.
    ///         n => invoke!(countdown(n - 1)).flatten(),
    ///     }
    /// }
    ///
    /// assert_eq!(countdown(100).wait(), "lift-off");
    /// ```
    ///
    /// # Errors
    ///
    /// A failure of either promise is passed on. If the inner promise waits for this one, through
    /// whatever combinators, this one fails as [`Deadlock`](crate::FailureKind::Deadlock), like a
    /// JavaScript promise that is resolved with itself.
    #[track_caller]
    pub fn flatten(self) -> Promise<T> {
        let (promise, target) = resolver::pending(|| "flatten", Location::caller());
        staged::link(self, target);
        promise
    }
}

impl<T: Send + 'static> First for Promise<Promise<T>> {
    type Output = T;

    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        Promise::pending_cell(self)
    }

    fn second(self, _: &Arc<dyn Task>) -> Result<Promise<T>, Failure> {
        self.completed()
    }

    fn abandon(self) {
        Promise::abandon(self);
    }
}
