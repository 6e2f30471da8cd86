//! The invocations on one thread's stack, from the one it began with to the one that runs.
//!
//! An execution that lends its thread stays below what it awaits. So all levels of a thread that
//! is parked wait for what the last one awaits, which is why the deadlock search and `cancel` look
//! at threads: a level tells its cell where it runs, but only when the thread parks, so that
//! lending costs nothing.

use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::Arc;

use super::Function;
use crate::cancel;
use crate::cell::Task;
use crate::execution::Id;
use crate::failure::Who;
use crate::threads::waiter::{Waiter, Waiting};

/// A place among executions of which only so many run at a time. It is not used while the
/// execution awaits.
pub(crate) trait Place: Send + Sync {
    /// The execution is about to await.
    fn leave(&self);
    /// It goes on; waits for a place.
    fn come_back(&self);
}

/// Whose thread an execution runs on.
#[derive(Clone)]
pub(crate) enum Lent {
    /// The loop's, or that of an awaiter of something else.
    No,
    /// The one of the execution that awaits its promise.
    ByAwaiter,
    /// The one of an execution that awaits this promise, which depends on its own.
    ByAwaiterOf(Arc<dyn Task>),
    /// The one of the execution that joins the scope whose child it is.
    ByJoiner,
}

/// One invocation. Deep chains of awaits have many, so it is kept small.
#[derive(Clone)]
pub(crate) struct Level {
    task: Arc<dyn Task>,
    /// The annotated function it entered first: the definition of what runs.
    pub(super) function: Option<&'static Function>,
    /// Where it awaits.
    awaits_at: Option<&'static Location<'static>>,
    /// Whether it runs on a thread that was lent to it.
    is_lent: bool,
    more: Option<Box<More>>,
}

/// What few levels have.
#[derive(Clone, Default)]
struct More {
    /// The place among those that run.
    place: Option<Arc<dyn Place>>,
    /// By whom its thread was lent, unless by an awaiter of its own promise.
    lent: Option<Lent>,
}

impl Level {
    fn new(task: Arc<dyn Task>, lent: Lent) -> Level {
        let is_lent = !matches!(lent, Lent::No);
        let more = match lent {
            Lent::No | Lent::ByAwaiter => None,
            lent => Some(Box::new(More { lent: Some(lent), place: None })),
        };
        Level { task, function: None, awaits_at: None, is_lent, more }
    }

    fn who(&self) -> Who {
        self.function.map_or_else(
            || self.task.header().who(),
            |function| function.who(self.task.header().id),
        )
    }

    /// Whether its promise is held by the execution below alone, which awaits it.
    fn follows(&self) -> bool {
        match self.more.as_ref().and_then(|more| more.lent.as_ref()) {
            None | Some(Lent::ByAwaiter) => self.is_lent && !self.task.is_shared(),
            Some(Lent::ByAwaiterOf(target)) => !self.task.is_shared() && !target.is_shared(),
            Some(Lent::ByJoiner) => true,
            Some(Lent::No) => false,
        }
    }
}

/// Makes room for one more, by a quarter at a time: a million levels deep, the usual doubling would
/// be memory that is never used.
pub(crate) fn grow<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() {
        items.reserve_exact(items.len() / 4 + 4);
    }
}

#[derive(Default)]
pub(super) struct Levels {
    levels: RefCell<Vec<Level>>,
    /// How many of them have told their cells where they run.
    published: Cell<usize>,
    /// The last cancellation, of anything, that this thread has looked into; it was none of these.
    looked: Cell<u64>,
}

impl Levels {
    pub(super) fn push(&self, task: Arc<dyn Task>, lent: Lent) {
        let mut levels = self.levels.borrow_mut();
        if let Some(below) = levels.last() {
            below.task.header().lends(true);
        }
        grow(&mut levels);
        levels.push(Level::new(task, lent));
    }

    /// Nothing if the thread is being destroyed.
    pub(super) fn pop(&self) -> Option<Level> {
        let mut levels = self.levels.borrow_mut();
        let level = levels.pop();
        self.published.set(self.published.get().min(levels.len()));
        if let Some(below) = levels.last() {
            below.task.header().lends(false);
        }
        level
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.borrow().is_empty()
    }

    pub(super) fn top_id(&self) -> Option<Id> {
        self.levels.borrow().last().map(|level| level.task.header().id)
    }

    pub(super) fn top(&self) -> Option<Arc<dyn Task>> {
        self.levels.borrow().last().map(|level| Arc::clone(&level.task))
    }

    pub(super) fn to_vec(&self) -> Vec<Level> {
        self.levels.borrow().clone()
    }

    pub(super) fn replace(&self, levels: Vec<Level>) {
        self.levels.replace(levels);
    }

    /// As messages name the execution that runs; nothing if the levels are in use.
    pub(super) fn try_who(&self) -> Option<Who> {
        self.levels.try_borrow().ok()?.last().map(Level::who)
    }

    /// Notes the function that the execution entered first. True if it has, and on a lent thread.
    pub(super) fn enter(&self, function: &'static Function) -> bool {
        let mut levels = self.levels.borrow_mut();
        let Some(level) = levels.last_mut().filter(|level| level.function.is_none()) else {
            return false;
        };
        level.function = Some(function);
        level.is_lent
    }

    pub(super) fn set_place(&self, place: Arc<dyn Place>) {
        if let Some(level) = self.levels.borrow_mut().last_mut() {
            level.more.get_or_insert_default().place = Some(place);
        }
    }

    /// Notes where the execution that runs is about to await. Returns the place it has.
    pub(super) fn awaits(&self, at: &'static Location<'static>) -> Option<Arc<dyn Place>> {
        let mut levels = self.levels.borrow_mut();
        let level = levels.last_mut()?;
        level.awaits_at = Some(at);
        level.more.as_ref()?.place.clone()
    }

    /// Whether the execution that runs has been cancelled: itself, or as what a cancelled one
    /// below it awaits and nobody else holds, which is noted in its cell.
    pub(super) fn cancelled(&self) -> Option<Who> {
        let last = cancel::last();
        if self.looked.get() == last {
            return None;
        }
        let levels = self.levels.borrow();
        let (mut cancelled, mut any) = (false, false);
        for level in levels.iter() {
            let header = level.task.header();
            if cancelled && level.follows() {
                header.cancel();
            }
            cancelled = header.is_cancelled();
            any |= cancelled;
        }
        // With one below that is cancelled, this must be asked again when that one goes on.
        if !any {
            self.looked.set(last);
        }
        levels.last().filter(|_| cancelled).map(Level::who)
    }

    /// Tells the cells of all levels where they run, and the waiter which levels there are.
    pub(super) fn publish(&self, waiter: &Arc<Waiter>) -> bool {
        let levels = self.levels.borrow();
        let from = self.published.replace(levels.len());
        for level in &levels[from..] {
            level.task.header().runs_on(waiter);
        }
        let waiting = |level: &Level| Waiting {
            task: Arc::downgrade(&level.task),
            function: level.function,
            at: level.awaits_at,
        };
        // The last published one may have come to await what the next one runs.
        waiter.set_levels(
            from.saturating_sub(1),
            levels[from.saturating_sub(1)..].iter().map(waiting),
        );
        !levels.is_empty()
    }

    /// Another thread has told the cells that they run there.
    pub(super) fn unpublish(&self) {
        self.published.set(0);
    }
}
