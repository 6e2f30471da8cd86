//! Unwinding with a failure: on purpose, or as what was awaited has failed.

use std::error::Error;
use std::panic::{Location, resume_unwind};

use crate::context;
use crate::failure::Failure;

/// Ends the current execution with an error: its promise fails as
/// [`Failed`](crate::FailureKind::Failed), with the error's text as its message and the error as its
/// source.
///
/// An `Err` that a function returns is a value like any other. `fail` makes a failure of it: whoever
/// awaits the function unwinds, [`all`](crate::Promise::all) fails at once, and in a
/// [`scope`](crate::scope()) the other children are cancelled. It unwinds as a panic does, and so
/// destructors run, but it is none: no panic hook prints anything.
///
/// A [`Failure`] is passed on, as by an execution that has awaited it.
///
/// ```
/// use async_mech::{FailureKind, fail, invoke, scope, sleep};
/// use std::time::Duration;
///
/// fn step(n: u64) -> Result<u64, String> {
///     if n == 2 {
///         return Err("step 2: no disk".to_owned());
///     }
///     sleep(Duration::from_secs(3600 * n));
///     Ok(n)
/// }
///
/// let build = invoke!(|| scope(|s| {
///     for n in 1..=3 {
///         invoke!(s => move || step(n).unwrap_or_else(|error| fail(error))).detach();
///     }
/// }));
/// let failure = build.outcome().unwrap_err();
/// assert_eq!((failure.kind(), failure.message()), (FailureKind::Failed, "step 2: no disk"));
/// ```
///
/// # Panics
///
/// It always unwinds, with a [`Failure`]. Of a root execution (`main`, a test, a thread that async-mech
/// did not start) that is told on stderr.
#[track_caller]
pub fn fail(error: impl Into<Box<dyn Error + Send + Sync>>) -> ! {
    end(error.into(), Location::caller())
}

fn end(error: Box<dyn Error + Send + Sync>, at: &'static Location<'static>) -> ! {
    let failure = match error.downcast::<Failure>() {
        Ok(failure) => *failure,
        Err(error) => Failure::with_error(context::who(at), error),
    };
    raise("a root execution failed", failure)
}

/// Unwinds with a failure, which somebody has been told of if nobody of ours will see it.
pub(crate) fn raise(what: &str, failure: Failure) -> ! {
    tell(what, &failure);
    resume_unwind(Box::new(failure))
}

/// Tells a person of what the caller is about to unwind with, on a stranger's thread.
pub(crate) fn tell(what: &str, failure: &Failure) {
    if context::is_unwatched_root() {
        failure.report(what);
    }
}
