//! Scopes: invocations that borrow from the stack, and are joined before it is left.

pub(crate) mod children;
pub(crate) mod erase;

use std::any::Any;
use std::fmt;
use std::panic::{Location, resume_unwind};

pub use self::erase::Scope;
use crate::fail::raise;
use crate::failure::{Failure, discard};
use crate::promise::Promise;

/// Runs `f`, which may invoke functions that borrow what outlives the scope, and returns when all
/// of them have ended.
///
/// [`s.invoke(..)`](Scope::invoke) and `invoke!(s => f(&local))` invoke a function in the scope:
/// one of its *children*. A child may invoke others in the same scope, or open a scope of its own.
/// When `f` has returned, the scope waits for every child, awaited or not, and runs those that no
/// thread has taken yet itself.
///
/// ```
/// use async_mech::{invoke, scope};
///
/// let text = String::from("one two three");
/// let mut longest = 0;
///
/// let words = scope(|s| {
///     let words = invoke!(s => || text.split(' ').count());
///     invoke!(s => || longest = text.split(' ').map(str::len).max().unwrap_or(0)).detach();
///     words.wait()
/// });
/// assert_eq!((words, longest), (3, 5));
/// ```
///
/// # When a child fails
///
/// The first child that fails, in time, cancels the others, and those that would have been invoked
/// later never run. When all have ended, the scope raises that failure, even where somebody has
/// looked at it before: half of the work is not done. What no one needs is better invoked outside
/// of the scope.
///
/// ```
/// use async_mech::{Failure, invoke, scope};
///
/// let caught = std::panic::catch_unwind(|| {
///     scope(|s| invoke!(s => || panic!("no disk")).detach());
/// });
/// let failure = caught.unwrap_err().downcast::<Failure>().unwrap();
/// assert_eq!(failure.message(), "no disk");
/// ```
///
/// A child that returns an `Err` has not failed: its value is a `Result` like any other.
/// [`fail`](crate::fail()) makes a failure of an error.
///
/// `f` itself is not interrupted: it learns of the failure where it awaits a cancelled child. A
/// child that somebody [cancels](Promise::cancel) by itself is no failure of the scope. If the
/// execution that opened the scope is cancelled, so are the children, at once.
///
/// In every case the scope waits until all have ended: a child that blocks on something other than
/// a promise, and comes to no [`checkpoint`](crate::checkpoint()), is waited for. A child that
/// awaits the scope's own execution is in a deadlock, and is told so.
///
/// # What may leave the scope
///
/// A promise whose value borrows nothing of the scope may, to be read afterwards. A promise that
/// was leaked (with [`std::mem::forget`], or in a cycle of `Rc`) leaks its value too.
///
/// # Panics
///
/// With the [`Failure`] of the child that failed first. A panic of `f` itself cancels the
/// children, and goes on with its own payload when all have ended. If `f` unwinds since something
/// it awaited failed, the failure that came first goes on.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let (result, first) = erase::joined(|| "scope", Location::caller(), f);
    match (result, first) {
        (Ok(value), None) => value,
        (Ok(value), Some(failure)) => {
            discard(value);
            raise("a scope failed", failure)
        }
        (Err(payload), Some(failure)) if payload.is::<Failure>() => {
            raise("a scope failed", failure)
        }
        (Err(payload), _) => resume_unwind(payload),
    }
}

/// What a body unwound with.
pub(crate) type Payload = Box<dyn Any + Send>;

impl<'scope> Scope<'scope, '_> {
    /// Invokes `f` as a child of the scope. What it uses it may borrow, if that outlives the scope;
    /// so may its value. `invoke!(s => f(&local))` does the same for a call.
    ///
    /// ```
    /// use async_mech::scope;
    ///
    /// let numbers = [1, 2, 3, 4];
    /// let (left, right) = numbers.split_at(2);
    /// let sum = scope(|s| {
    ///     let left = s.invoke(|| left.iter().sum::<u32>());
    ///     let right = s.invoke(|| right.iter().sum::<u32>());
    ///     left.wait() + right.wait()
    /// });
    /// assert_eq!(sum, 10);
    /// ```
    ///
    /// A promise may be read after the scope, unless its value borrows from the scope:
    ///
    /// ```
    /// use async_mech::scope;
    ///
    /// let text = String::from("a b");
    /// let p = scope(|s| s.invoke(|| text.len()));
    /// assert_eq!(p.wait(), 3);
    /// ```
    #[track_caller]
    pub fn invoke<T, F>(&'scope self, f: F) -> Promise<T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.invoke_named(std::any::type_name::<F>, f)
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("children", &self.count()).finish_non_exhaustive()
    }
}
