//! What can be awaited, and `wait`, which `p.await` and `await!(p)` become.

use crate::promise::Promise;

/// Something that gives a value when awaited: a promise, or a reference to one.
///
/// Sealed: implemented for [`Promise`] and `&Promise`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a promise and cannot be awaited",
    label = "not a promise",
    note = "`invoke!(f(x))` gives a promise; a `Future` can be awaited in `async` code only"
)]
pub trait Awaitable: Sealed {
    /// What awaiting gives.
    type Output;
}

/// How an [`Awaitable`] gives its value: a promise by moving it, a reference by cloning it.
// An `Awaitable` that is not `Takes` is one whose result cannot be cloned, which `CloneResult` says.
// Anything else lacks both: rustc reports the subtrait alone, so it has the same message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a promise and cannot be awaited",
    label = "not a promise",
    note = "`invoke!(f(x))` gives a promise; a `Future` can be awaited in `async` code only"
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
    pub trait Sealed {}
}
use sealed::Sealed;

impl<T> Sealed for Promise<T> {}
impl<T> Sealed for &Promise<T> {}

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
/// # Panics
///
/// If the promise failed: see [`Promise::wait`].
#[track_caller]
#[allow(clippy::implied_bounds_in_impls, reason = "the signature says what can be awaited")]
pub fn wait<T>(p: impl Awaitable<Output = T> + Takes) -> T {
    p.take()
}
