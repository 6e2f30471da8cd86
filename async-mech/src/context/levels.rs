//! The invocations on one thread's stack, from the one it began with to the one that runs.
//!
//! An execution that lends its thread stays below what it awaits. So all levels of a thread that
//! is parked wait for what the last one awaits, which is why the deadlock search and `cancel` look
//! at threads: a level tells its cell where it runs, but only when the thread parks, so that
//! lending costs nothing.

use std::cell::{Cell, OnceCell, RefCell};
use std::panic::Location;
use std::sync::Arc;

use super::Function;
use super::level::{Lent, Level, More, Place, Thread};
use super::pile::Pile;
use super::running::{Borrowed, Top};
use crate::cancel;
#[cfg(any(feature = "trace", feature = "tracing"))]
use crate::cell::Header;
use crate::cell::Task;
#[cfg(feature = "durable")]
use crate::durable::Owner;
use crate::execution::Id;
use crate::failure::Who;
use crate::threads::waiter::{Waiter, Waiting};
#[cfg(feature = "trace")]
use crate::trace::values::Show;

/// Makes room for one more: by a half at a time, and where there are many by a sixteenth. A million
/// levels deep, the usual doubling would be memory that is never used; of a few thousand, to move each
/// sixteen times is a tenth of what a chain takes.
pub(crate) fn grow<T>(items: &mut Vec<T>) {
    const MANY: usize = 16_384;
    if items.len() == items.capacity() {
        let part = if items.len() < MANY { 2 } else { 16 };
        items.reserve_exact(items.len() / part + 4);
    }
}

#[cold]
#[inline(never)]
fn drop_out_of_line(more: Option<Box<More>>) {
    drop(more);
}

#[derive(Default)]
pub(super) struct Levels {
    levels: RefCell<Pile<Level>>,
    /// The last one.
    top: Cell<Option<Top>>,
    /// How many of them have told their cells where they run.
    published: Cell<usize>,
    /// How many the waiter has; not less. It keeps the memory of their cells, so it is told to forget
    /// when half of them are gone, and not each time.
    known: Cell<usize>,
    /// The last cancellation, of anything, that this thread has looked into; it was none of these.
    looked: Cell<u64>,
}

impl Levels {
    #[inline]
    pub(super) fn push(&self, cell: Borrowed, top: Top, lent: Lent) {
        if let Some(below) = self.top.replace(Some(top)) {
            below.header().lends(true);
        }
        let mut levels = self.levels.borrow_mut();
        let level = levels.push(Level::EMPTY);
        level.cell = Some(cell);
        level.function = None;
        level.awaits_at = None;
        level.thread = Thread::Own;
        match lent {
            Lent::No => {}
            Lent::ByAwaiter => level.thread = Thread::Lent,
            Lent::Otherwise(by) => {
                level.thread = Thread::Lent;
                level.more = Some(Box::new(More { lent: Some(*by), ..More::default() }));
            }
        }
    }

    /// Says which function it had entered. What is left of it is dropped when no levels are in use.
    #[inline]
    pub(super) fn pop(&self, waiter: &OnceCell<Arc<Waiter>>) -> Option<&'static Function> {
        let mut levels = self.levels.borrow_mut();
        // None if they were replaced.
        let left = levels.len().checked_sub(1)?;
        if self.known.get() > left {
            self.forget(waiter, left);
        }
        let below = levels[..left].last().map(|below| Top::of(below.cell()));
        self.top.set(below);
        if let Some(below) = below {
            below.header().lends(false);
        }
        let level = &mut levels[left];
        let (function, more) = (level.function, level.more.take());
        level.cell = None;
        levels.pop();
        drop(levels);
        if more.is_some() {
            drop_out_of_line(more);
        }
        function
    }

    /// Of those that the waiter knows only so many are left.
    #[cold]
    #[inline(never)]
    fn forget(&self, waiter: &OnceCell<Arc<Waiter>>, left: usize) {
        self.published.set(self.published.get().min(left));
        if self.known.get() / 2 >= left {
            self.known.set(left);
            waiter.get().expect("it knows them").set_levels(left, std::iter::empty());
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.levels.borrow().is_empty()
    }

    #[inline]
    pub(super) fn top_id(&self) -> Option<Id> {
        self.top.get().map(|top| top.header().id)
    }

    pub(super) fn top(&self) -> Option<Arc<dyn Task>> {
        self.levels.borrow().last().map(|level| level.cell().hold())
    }

    pub(super) fn to_vec(&self) -> Vec<Level> {
        self.levels.borrow().to_vec()
    }

    pub(super) fn replace(&self, levels: Vec<Level>) {
        self.published.set(0);
        self.top.set(levels.last().map(|level| Top::of(level.cell())));
        self.levels.replace(levels.into());
    }

    /// As messages name the execution that runs; nothing if the levels are in use.
    pub(super) fn try_who(&self) -> Option<Who> {
        self.levels.try_borrow().ok()?.last().map(Level::who)
    }

    /// Notes the function that the execution entered first. Whether it has, and whether its thread
    /// was lent.
    pub(super) fn enter(&self, function: &'static Function) -> (bool, bool) {
        let mut levels = self.levels.borrow_mut();
        let Some(level) = levels.last_mut().filter(|level| level.function.is_none()) else {
            return (false, false);
        };
        level.function = Some(function);
        (true, level.thread == Thread::Lent)
    }

    /// Calls `f` with the execution that runs, and the function it entered first.
    #[cfg(any(feature = "trace", feature = "tracing"))]
    pub(super) fn top_with<R>(
        &self,
        f: impl FnOnce(&Header, Option<&'static Function>) -> R,
    ) -> Option<R> {
        let levels = self.levels.borrow();
        levels.last().map(|level| f(level.header(), level.function))
    }

    #[cfg(feature = "trace")]
    pub(super) fn result_shown_by(&self) -> Option<(Id, Option<&'static Function>, Option<Show>)> {
        let levels = self.levels.borrow();
        let level = levels.last()?;
        let show = level.more.as_ref().and_then(|more| more.show);
        Some((level.header().id, level.function, show))
    }

    #[cfg(feature = "trace")]
    pub(super) fn show_result_by(&self, show: Show) {
        if let Some(level) = self.levels.borrow_mut().last_mut() {
            level.more.get_or_insert_default().show = Some(show);
        }
    }

    #[cfg(feature = "durable")]
    pub(super) fn durable(&self) -> Option<Arc<Owner>> {
        self.levels.borrow().last()?.more.as_ref()?.durable.clone()
    }

    #[cfg(feature = "durable")]
    pub(super) fn set_durable(&self, owner: Arc<Owner>) {
        if let Some(level) = self.levels.borrow_mut().last_mut() {
            level.more.get_or_insert_default().durable = Some(owner);
        }
    }

    pub(super) fn set_place(&self, place: Arc<dyn Place>) {
        if let Some(level) = self.levels.borrow_mut().last_mut() {
            level.more.get_or_insert_default().place = Some(place);
        }
    }

    /// Notes where the execution that runs is about to await. Whether it may have a place.
    #[inline]
    pub(super) fn awaits(&self, at: &'static Location<'static>) -> bool {
        let mut levels = self.levels.borrow_mut();
        let Some(level) = levels.last_mut() else { return false };
        level.awaits_at = Some(at);
        level.more.is_some()
    }

    /// The place of the execution that runs.
    pub(super) fn place(&self) -> Option<Arc<dyn Place>> {
        self.levels.borrow().last()?.more.as_ref()?.place.clone()
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
            let header = level.header();
            if cancelled && level.follows() && header.cancel() {
                observed!(crate::trace::emit(header, level.function, crate::trace::Kind::Cancel));
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
        self.known.set(levels.len());
        for level in &levels[from..] {
            level.task().runs_on(waiter);
        }
        let waiting = |level: &Level| Waiting {
            task: level.cell().weak(),
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
