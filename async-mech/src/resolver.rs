//! A promise without a function: somebody resolves it.

use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::cell::link::Link;
use crate::cell::{Born, Cell, Header, Name, Outcome, Owned, Promised, Task};
use crate::context;
use crate::event_loop;
use crate::execution::Id;
#[cfg(feature = "durable")]
use crate::failure::Who;
use crate::failure::{Failure, FailureKind};
use crate::promise::Promise;
#[cfg(feature = "trace")]
use crate::trace;

/// Completes the promise it was made with, from any thread; see [`promise`].
///
/// Dropped without a word, it fails the promise as
/// [`Abandoned`](crate::FailureKind::Abandoned), so that no await hangs.
#[must_use = "a dropped resolver fails its promise"]
pub struct Resolver<T> {
    /// There until used.
    cell: Option<Arc<dyn Promised<T>>>,
    /// Notes the text of a value for the observers.
    #[cfg(feature = "trace")]
    note: fn(&T, Id),
}

/// A pending promise, and the resolver that completes it: for what is no function call, such as
/// a reply that another thread receives.
///
/// ```
/// let (p, resolver) = async_mech::promise();
/// std::thread::spawn(move || resolver.resolve(42));
/// assert_eq!(p.wait(), 42);
/// ```
#[track_caller]
pub fn promise<T: Send + 'static>() -> (Promise<T>, Resolver<T>) {
    pending(|| "promise", Location::caller())
}

/// The same, for a promise that is called `name`.
pub(crate) fn pending<T: Send + 'static>(
    name: Name,
    location: &'static Location<'static>,
) -> (Promise<T>, Resolver<T>) {
    born(name, location, Born::Promise)
}

/// The same, and what is known of it from the beginning.
pub(crate) fn born<T: Send + 'static>(
    name: Name,
    location: &'static Location<'static>,
    born: Born,
) -> (Promise<T>, Resolver<T>) {
    let cell = context::here(|caller, home| {
        let header = Header::of_promise(caller, home, name, location, born);
        observed!(trace::emit(&header, None, trace::Kind::Create));
        let cell = Cell::placed(header, None, None::<Owned<fn() -> T>>);
        home.register(cell.header(), Arc::clone(&cell) as Arc<dyn Task>, false);
        cell
    });
    let resolver = Resolver {
        cell: Some(Arc::clone(&cell) as Arc<dyn Promised<T>>),
        #[cfg(feature = "trace")]
        note: |value, id| trace::values::note_known(value, id),
    };
    (Promise::new(cell), resolver)
}

impl<T> Resolver<T> {
    /// Completes the promise with a value. If the promise has been cancelled, drops it.
    pub fn resolve(mut self, value: T) {
        if let Some(cell) = self.cell.take() {
            observed!((self.note)(&value, cell.header().id));
            event_loop::r#return(cell.base(), Ok(value), false);
        }
    }

    /// Fails the promise, as [`Failed`](crate::FailureKind::Failed). The error's text is the
    /// failure's message, and the error its source. A [`Failure`] is passed on, as an execution
    /// that awaited it would.
    pub fn fail(mut self, error: impl Error + Send + Sync + 'static) {
        let Some(who) = self.cell.as_ref().map(|cell| cell.base().header.who()) else { return };
        // Asks the error for its text. If that panics, the resolver is dropped unused.
        let failure = Failure::with_error(who, Box::new(error));
        if let Some(cell) = self.cell.take() {
            event_loop::r#return(cell.base(), Err(failure), false);
        }
    }

    /// Fails the promise for a reason that begins here.
    pub(crate) fn refuse(mut self, kind: FailureKind, message: &str) {
        if let Some(cell) = self.cell.take() {
            let failure = Failure::new(kind, cell.base().header.who(), message);
            event_loop::r#return(cell.base(), Err(failure), false);
        }
    }

    /// Completes the promise with the outcome of another one; a failure is passed on as `fail` does
    /// it. Observers are not shown the value once more: whoever made it may have hidden it.
    pub(crate) fn settle(mut self, outcome: Outcome<T>) {
        match outcome {
            Ok(value) => {
                if let Some(cell) = self.cell.take() {
                    event_loop::r#return(cell.base(), Ok(value), false);
                }
            }
            Err(failure) => self.fail(failure),
        }
    }

    /// Fails the promise as it failed in another process: there that function did, which may be one
    /// that it awaited.
    #[cfg(feature = "durable")]
    pub(crate) fn failed_elsewhere(
        mut self,
        kind: FailureKind,
        function: &'static str,
        place: Option<(&'static str, u32)>,
        message: &str,
    ) {
        if let Some(cell) = self.cell.take() {
            let who = cell.base().header.who();
            let (file, line) = place.unwrap_or((who.file, who.line));
            let origin = Who { name: function, file, line, ..who };
            let failure = Failure::new(kind, origin, message);
            event_loop::r#return(cell.base(), Err(failure), false);
        }
    }

    /// Says what will complete the promise.
    pub(crate) fn depends_on(&self, link: Weak<dyn Link>) {
        if let Some(cell) = &self.cell {
            (&**cell as &dyn Task).depends_on(link);
        }
    }

    /// The promise's cell, while it is pending.
    pub(crate) fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        let cell = self.cell.as_ref().filter(|cell| !cell.is_completed())?;
        Some(Arc::clone(cell) as Arc<dyn Task>)
    }

    /// Whether the promise has been completed by somebody else, who cancelled it. A value would be
    /// dropped.
    ///
    /// ```
    /// let (p, resolver) = async_mech::promise();
    /// assert!(!resolver.is_cancelled());
    /// p.cancel();
    /// assert!(resolver.is_cancelled());
    /// resolver.resolve(1);
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cell.as_ref().is_some_and(|cell| cell.is_completed())
    }

    /// The promise's id.
    #[must_use]
    pub fn id(&self) -> Id {
        self.cell.as_ref().expect("a resolver has its cell until it is used").base().header.id
    }
}

impl<T> Drop for Resolver<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            let who = cell.base().header.who();
            let failure =
                Failure::new(FailureKind::Abandoned, who, "its resolver was dropped unused");
            event_loop::r#return(cell.base(), Err(failure), false);
        }
    }
}

impl<T> fmt::Debug for Resolver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resolver")
            .field(&self.cell.as_ref().map(|cell| cell.base().header.id))
            .finish()
    }
}
