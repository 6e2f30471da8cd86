//! Executions: running calls of functions, and their ids.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::context;

/// Identifies an execution, and the promise that represents it, within this process.
///
/// Never reused. Ids grow in the order of invocation on each thread. Displayed as `#3`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(NonZeroU64);

impl Id {
    pub(crate) fn next() -> Id {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        Id(NonZeroU64::new(next).expect("2^64 ids are enough"))
    }

    /// The id as a number, from 1.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A running call of a function, as it can know itself: the article's process.
///
/// The main thread, and any other thread that async-mech did not start, is a *root* execution,
/// which has no caller.
#[derive(Clone, Debug)]
pub struct Execution {
    id: Id,
    name: &'static str,
    caller: Option<Id>,
}

impl Execution {
    /// The execution's id, the same as its promise's. This, and not a thread's id, is its
    /// identity: an awaiter may lend its thread to the execution it awaits.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The function as the call spells it; `main` or `root` for a root execution.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// The execution that invoked this one; none for a root execution.
    #[must_use]
    pub fn caller(&self) -> Option<Id> {
        self.caller
    }
}

/// The execution that the calling code is part of.
///
/// ```
/// use async_mech::{current, invoke};
///
/// let me = current().id();
/// let caller = invoke!(|| current().caller());
/// assert_eq!(caller.wait(), Some(me));
/// ```
#[must_use]
pub fn current() -> Execution {
    let current = context::current();
    Execution { id: current.id, name: current.name(), caller: current.caller() }
}
