//! One invocation on a thread's stack, and who lent it that thread.

use std::panic::Location;
use std::sync::Arc;

use super::Function;
use super::running::Borrowed;
use crate::cell::{Header, Task};
#[cfg(feature = "durable")]
use crate::durable::Owner;
use crate::failure::Who;
#[cfg(feature = "trace")]
use crate::trace::values::Show;

/// A place among executions of which only so many run at a time. It is not used while the
/// execution awaits.
pub(crate) trait Place: Send + Sync {
    /// The execution is about to await.
    fn leave(&self);
    /// It goes on; waits for a place.
    fn come_back(&self);
}

/// Whose thread an execution runs on.
pub(crate) enum Lent {
    /// The loop's, or that of an awaiter of something else.
    No,
    /// The one of the execution that awaits its promise.
    ByAwaiter,
    Otherwise(Box<LentBy>),
}

/// Who lends a thread, other than the awaiter of the very promise.
#[derive(Clone)]
pub(crate) enum LentBy {
    /// The execution that awaits this promise, which depends on the one that runs.
    AwaiterOf(Arc<dyn Task>),
    /// The execution that joins the scope whose child runs.
    Joiner,
}

impl From<LentBy> for Lent {
    fn from(by: LentBy) -> Lent {
        Lent::Otherwise(Box::new(by))
    }
}

/// One invocation. Deep chains of awaits have many, so it is kept small.
///
/// All fields are whole words and are written and read one by one; see [`Pile`].
#[derive(Clone)]
pub(crate) struct Level {
    /// There until the level is popped.
    pub(super) cell: Option<Borrowed>,
    /// The annotated function it entered first: the definition of what runs.
    pub(super) function: Option<&'static Function>,
    /// Where it awaits.
    pub(super) awaits_at: Option<&'static Location<'static>>,
    pub(super) thread: Thread,
    pub(super) more: Option<Box<More>>,
}

/// Whether a level's thread was lent to it.
#[derive(Clone, Copy, PartialEq)]
#[repr(usize)]
pub(super) enum Thread {
    Own,
    Lent,
}

/// What few levels have.
#[derive(Clone, Default)]
pub(super) struct More {
    /// The place among those that run.
    pub(super) place: Option<Arc<dyn Place>>,
    /// Who lent its thread, unless the awaiter of its own promise did.
    pub(super) lent: Option<LentBy>,
    /// What it is to a durable engine.
    #[cfg(feature = "durable")]
    pub(super) durable: Option<Arc<Owner>>,
    /// How to show its result.
    #[cfg(feature = "trace")]
    pub(super) show: Option<Show>,
}

impl Level {
    pub(super) const EMPTY: Level =
        Level { cell: None, function: None, awaits_at: None, thread: Thread::Own, more: None };

    #[inline]
    pub(super) fn cell(&self) -> &Borrowed {
        self.cell.as_ref().expect("a level has its cell until it is popped")
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        self.task().header()
    }

    pub(super) fn task(&self) -> &dyn Task {
        self.cell().task()
    }

    pub(super) fn who(&self) -> Who {
        self.function.map_or_else(|| self.header().who(), |function| function.who(self.header().id))
    }

    /// Whether its promise is held by the execution below alone, which awaits it.
    pub(super) fn follows(&self) -> bool {
        match self.more.as_ref().and_then(|more| more.lent.as_ref()) {
            None => self.thread == Thread::Lent && !self.task().is_shared(),
            Some(LentBy::AwaiterOf(target)) => !self.task().is_shared() && !target.is_shared(),
            Some(LentBy::Joiner) => true,
        }
    }
}
