//! What can be awaited, and `wait`, which `p.await` and `await!(p)` become.

use std::sync::Arc;

use crate::cell::Task;
use crate::failure::Failure;
use crate::promise::Promise;

/// Something that gives a value when awaited: a promise, a reference to one, or a tuple of such.
///
/// Sealed: implemented for [`Promise`], `&Promise`, and tuples of up to 12 awaitables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a promise and cannot be awaited",
    label = "not a promise",
    note = "`invoke!(f(x))` gives a promise; a `Future` can be awaited in `async` code only",
    note = "many promises are awaited as a tuple, or as one by `Promise::all`"
)]
pub trait Awaitable: Sealed {
    /// What awaiting gives.
    type Output;
}

/// How an [`Awaitable`] gives its value: a promise by moving it, a reference by cloning it, a tuple
/// as its elements do.
// An `Awaitable` that is not `Takes` is one whose result cannot be cloned, which `CloneResult` says.
// Anything else lacks both: rustc reports the subtrait alone, so it has the same message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a promise and cannot be awaited",
    label = "not a promise",
    note = "`invoke!(f(x))` gives a promise; a `Future` can be awaited in `async` code only",
    note = "many promises are awaited as a tuple, or as one by `Promise::all`"
)]
pub trait Takes: Awaitable {
    /// Suspends the caller until the value is there.
    #[doc(hidden)]
    fn take(self) -> Self::Output;
}

/// What a reference to a promise needs of the promise's value.
#[diagnostic::on_unimplemented(
    message = "awaiting a reference clones the promise's value, and `{Self}` cannot be cloned",
    label = "await the promise itself, not a reference"
)]
pub trait CloneResult: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneResult for T {}

mod sealed {
    use super::Element;

    /// What a tuple needs of its elements, and is.
    pub trait Sealed {
        /// Adds its promises, from left to right.
        fn elements<'a>(&'a self, elements: &mut Elements<'a>);

        /// Drops it unread.
        fn leave(self, why: Leave);
    }

    /// Promises of whatever types.
    #[allow(missing_debug_implementations, reason = "nobody can have one")]
    pub struct Elements<'a>(pub(crate) Vec<&'a dyn Element>);

    /// Why an awaiter leaves its promises.
    #[derive(Clone, Copy, Debug)]
    pub enum Leave {
        /// Another one has failed.
        Failed,
        /// It is cancelled itself, and with it what nobody else holds.
        Cancelled,
    }
}
pub(crate) use self::sealed::{Elements, Leave, Sealed};

/// A promise of whatever type.
pub(crate) trait Element {
    fn pending_cell(&self) -> Option<Arc<dyn Task>>;
    fn failure(&self) -> Option<Failure>;
}

impl<T> Element for Promise<T> {
    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        Promise::pending_cell(self)
    }

    fn failure(&self) -> Option<Failure> {
        Promise::failure(self)
    }
}

impl<T> Sealed for Promise<T> {
    fn elements<'a>(&'a self, elements: &mut Elements<'a>) {
        elements.0.push(self);
    }

    fn leave(self, why: Leave) {
        match why {
            Leave::Failed => self.ignore(),
            Leave::Cancelled => self.abandon(),
        }
    }
}

impl<T> Sealed for &Promise<T> {
    fn elements<'a>(&'a self, elements: &mut Elements<'a>) {
        elements.0.push(*self);
    }

    fn leave(self, _: Leave) {}
}

#[diagnostic::do_not_recommend]
impl<T> Awaitable for Promise<T> {
    type Output = T;
}

#[diagnostic::do_not_recommend]
impl<T> Awaitable for &Promise<T> {
    type Output = T;
}

impl<T> Takes for Promise<T> {
    #[track_caller]
    fn take(self) -> T {
        self.wait()
    }
}

impl<T: CloneResult> Takes for &Promise<T> {
    #[track_caller]
    fn take(self) -> T {
        self.clone().wait()
    }
}

/// The value of a promise; suspends the caller until it is there. `p.await` and `await!(p)` are
/// spellings of this.
///
/// ```
/// use async_mech::{invoke, wait};
///
/// let p = invoke!(|| vec![1, 2, 3]);
/// assert_eq!(wait(&p).len(), 3); // a clone: `p` stays
/// assert_eq!(wait(p), [1, 2, 3]);
/// ```
///
/// A tuple of promises, of up to 12 types, gives the tuple of their values:
///
/// ```
/// use async_mech::{invoke, wait};
///
/// let (name, age) = wait((invoke!(|| "Ada"), invoke!(|| 36)));
/// assert_eq!((name, age), ("Ada", 36));
/// ```
///
/// [`Promise::all`] takes any number of promises of one type.
///
/// # Panics
///
/// If the promise failed: see [`Promise::wait`]. With a tuple: as soon as one of them fails, however
/// long the others take; those run on, and nobody is told if they fail as well.
#[track_caller]
#[allow(clippy::implied_bounds_in_impls, reason = "the signature says what can be awaited")]
pub fn wait<T>(p: impl Awaitable<Output = T> + Takes) -> T {
    p.take()
}
