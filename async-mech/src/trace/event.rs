//! Events: the transitions of executions and promises, as observers get them.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::context::Function;
use crate::execution::Id;
use crate::failure::FailureKind;

/// One transition of one execution, or of a promise that no execution stands behind.
///
/// ```
/// use async_mech::{EventLoop, invoke, trace::Kind};
///
/// let event_loop = EventLoop::builder().build();
/// let events = event_loop.subscribe();
/// event_loop.run(|| invoke!(|| 6 * 7).wait());
/// let invoked = events.iter().find(|event| matches!(event.kind, Kind::Invoke)).unwrap();
/// assert_eq!(invoked.site.name, "closure");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Counts the events of this process. Of two events, the one with the smaller number did not
    /// come after the other, if there was an order.
    pub number: u64,
    /// When, since the first event of this process.
    pub time: Duration,
    /// To whom it happened: an execution, or a promise that has no function of its own.
    pub execution: Id,
    /// The execution that invoked it; none for a root execution.
    pub caller: Option<Id>,
    /// The thread on which it happened.
    pub thread: Thread,
    /// What the execution runs.
    pub site: Site,
    /// What happened.
    pub kind: Kind,
}

/// What can happen to an execution.
///
/// An execution that nobody interrupts goes through `Invoke`, `Promised`, `Start`, `Complete` and
/// `Free`; one that awaits through `Await`, perhaps `Suspend` and `Resume`, and `Return`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A root execution is seen for the first time since somebody observes.
    Root,
    /// It was invoked by its caller, and is queued.
    Invoke,
    /// Its caller has been given the promise.
    Promised,
    /// A promise without a function was made: of a [`Resolver`](crate::Resolver), a combinator, a
    /// [`sleep`](crate::sleep()).
    Create,
    /// It starts, on a thread of its event loop, or on one that was lent. Once more if it moves to a
    /// thread of its own ([`own_thread`](macro@crate::invocable)).
    Start {
        /// The execution that lent its thread.
        lent_by: Option<Id>,
    },
    /// It has entered the annotated function that it runs.
    Enter {
        /// The parameters by name, as far as their types have `Debug`.
        arguments: Arc<[(&'static str, Text)]>,
    },
    /// It completed with a value.
    Complete {
        /// The value, if its type is known to have `Debug`.
        value: Option<Text>,
    },
    /// It completed without one.
    Fail {
        /// What happened, at the origin.
        kind: FailureKind,
        /// The failure's whole text.
        message: Text,
    },
    /// A durable engine knows it under this id (feature `durable`).
    Durable {
        /// The id: `parent.seq`, or what the caller of the engine chose.
        id: Text,
        /// Whether it runs in this process; else this is a promise of what runs in whichever process
        /// the engine chooses.
        here: bool,
    },
    /// Somebody cancelled it. It has not ended yet.
    Cancel,
    /// It awaits a promise.
    Await {
        /// Which.
        promise: Id,
        /// Where, in its code.
        at: &'static Location<'static>,
    },
    /// It parks its thread until the promise is completed.
    Suspend {
        /// What it awaits.
        promise: Id,
    },
    /// It goes on after `Suspend`.
    Resume {
        /// What it awaited.
        promise: Id,
    },
    /// Its await is over.
    Return {
        /// What it awaited.
        promise: Id,
        /// How the await ended.
        with: Returned,
    },
    /// A promise came to depend on this one: a combinator's, a `then`'s.
    Link {
        /// That promise.
        to: Id,
    },
    /// A combinator's promise is decided.
    Settle {
        /// By this input: the first to decide, or the last of all.
        by: Option<Id>,
    },
    /// It has ended, and no promise represents it any more.
    Free,
    /// The observer was too slow for the events that came before this one.
    Lost {
        /// How many events it missed.
        count: u64,
    },
}

/// How an await ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Returned {
    /// With what the promise was completed with, be it a value or a failure.
    Outcome,
    /// Its deadline passed.
    TimedOut,
    /// The awaiter was cancelled.
    Cancelled,
    /// It would never have ended.
    Deadlock,
}

/// A thread, as events know it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Thread(pub(super) Arc<(u64, Box<str>)>);

impl Thread {
    /// Numbers the threads that async-mech has seen.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.0
    }

    /// Its name, which is its event loop's with a number if it is one of ours.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.1
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number(), self.name())
    }
}

/// What an execution runs, and where that is in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// The function as the call spells it; `main` or `root` for a root execution; `promise`, `all`
    /// and so on for a promise without a function.
    pub name: &'static str,
    /// The call; none for a root execution.
    pub call: Option<&'static Location<'static>>,
    /// The definition, once the execution has entered a function annotated with
    /// [`#[invocable]`](macro@crate::invocable).
    pub definition: Option<&'static Function>,
}

impl Site {
    /// The definition's name if it is known, else as the call spells it.
    #[must_use]
    pub fn function(&self) -> &'static str {
        self.definition.map_or(self.name, |function| function.name())
    }
}

/// The `Debug` text of a value, or of a failure, cut at a length: see
/// [`cut_values_at`](super::cut_values_at).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text {
    pub(super) text: Arc<str>,
    pub(super) cut: bool,
}

impl Text {
    /// The text, without what was cut off.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether something was cut off.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.cut { f.write_str("…") } else { Ok(()) }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
