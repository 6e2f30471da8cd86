//! `then`: a function invoked with a promise's value.

use std::panic::Location;
use std::sync::Arc;

use super::staged::{self, First};
use crate::cell::Task;
use crate::context;
use crate::event_loop;
use crate::execution::Id;
use crate::failure::{Failure, discard};
use crate::inherit::Inherited;
use crate::promise::Promise;
use crate::resolver;

impl<T: Send + 'static> Promise<T> {
    /// Invokes `f` with the value when it is there; gives a promise of what `f` returns. No thread
    /// waits meanwhile. JavaScript's `then`; write `p.then(f).flatten()` where `f` returns a
    /// promise.
    ///
    /// `f` is invoked on the event loop of this promise, whether or not the result is awaited, and
    /// inherits what the caller of `then` has (see [`inherit`](crate::inherit())).
    ///
    /// ```
    /// use async_mech::invoke;
    ///
    /// let length = invoke!(|| "four").then(str::len).then(|n| n * 10);
    /// assert_eq!(length.wait(), 40);
    /// ```
    ///
    /// # Errors
    ///
    /// If this promise fails, `f` is not invoked, and the failure is passed on. If `f` panics, the
    /// promise fails with that.
    #[track_caller]
    pub fn then<U, F>(self, f: F) -> Promise<U>
    where
        F: FnOnce(T) -> U + Send + 'static,
        U: Send + 'static,
    {
        let location = Location::caller();
        let inherited = Inherited::capture_for_later();
        let caller = context::here(|caller, _| caller);
        let (promise, target) = self.within_its_loop(|| resolver::pending(|| "then", location));
        staged::link(Call { argument: self, f, inherited, caller, location }, target);
        promise
    }
}

/// What will be invoked.
struct Call<T, F> {
    argument: Promise<T>,
    f: F,
    inherited: Inherited,
    caller: Id,
    location: &'static Location<'static>,
}

impl<T, U, F> First for Call<T, F>
where
    T: Send + 'static,
    U: Send + 'static,
    F: FnOnce(T) -> U + Send + 'static,
{
    type Output = U;

    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        self.argument.pending_cell()
    }

    fn second(self, target: &Arc<dyn Task>) -> Result<Promise<U>, Failure> {
        let Call { argument, f, inherited, caller, location } = self;
        let argument = match argument.completed() {
            Ok(argument) => argument,
            Err(failure) => {
                discard((f, inherited));
                return Err(failure);
            }
        };
        let name = std::any::type_name::<F>;
        let invoke =
            || event_loop::invoke_for(Some(caller), inherited, name, location, || f(argument));
        Ok(target.header().within_its_loop(invoke))
    }

    fn abandon(self) {
        self.argument.abandon();
        discard((self.f, self.inherited));
    }
}
