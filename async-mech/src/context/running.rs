//! Running an execution: its level on the thread's stack of them borrows its cell.
//!
//! Whoever runs an execution holds its cell, and goes on holding it until the execution has ended. So
//! the level need not: to count it once more would be two atomic writes an invocation, of fourteen.

use std::any::Any;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

use super::{CONTEXT, Function, Lent};
use crate::abort::AbortOnUnwind;
use crate::cell::{Header, Promised, Task};

/// Borrows the cell of an execution for the time it runs.
#[derive(Clone, Copy)]
pub(crate) struct Running<'a> {
    cell: *const dyn Task,
    held: PhantomData<&'a Arc<dyn Task>>,
}

impl<'a> Running<'a> {
    /// By an awaiter, which holds the promise.
    #[inline(always)]
    pub(crate) fn promised<T>(cell: &'a Arc<dyn Promised<T>>) -> Running<'a> {
        Running { cell: Arc::as_ptr(cell) as *const dyn Task, held: PhantomData }
    }
}

impl<'a> From<&'a Arc<dyn Task>> for Running<'a> {
    fn from(cell: &'a Arc<dyn Task>) -> Running<'a> {
        Running { cell: Arc::as_ptr(cell), held: PhantomData }
    }
}

/// Runs `body` as the execution of that cell, whose header is given too. Also says which annotated
/// function it entered first.
#[inline(always)]
pub(crate) fn run<T>(
    running: Running<'_>,
    header: &Header,
    lent: Lent,
    body: impl FnOnce() -> T,
) -> (Result<T, Box<dyn Any + Send>>, Option<&'static Function>) {
    let abort = AbortOnUnwind::new(|| "an execution could not be ended");
    // SAFETY: both are borrowed beyond `end`, which is called before anybody goes on: `body` is kept
    // from unwinding, and all else from being survived. After that nobody has the level any more, nor
    // a copy: those are of a thread that stands in for this one, which waits for it in the body.
    #[allow(unsafe_code, reason = "a level has no lifetime, but is left in time")]
    let (cell, top) = unsafe { (Borrowed::new(running), Top::new(header)) };
    begin(cell, top, lent);
    #[cfg(shuttle)]
    let unwinds = crate::sync::panicking();
    let result = catch_unwind(AssertUnwindSafe(body));
    #[cfg(shuttle)]
    crate::sync::unwinding::set(unwinds);
    let function = end();
    abort.disarm();
    (result, function)
}

// Out of line, so that deep chains of awaits do not keep room for it in every frame.
#[inline(never)]
fn begin(cell: Borrowed, top: Top, lent: Lent) {
    // A thread that is being destroyed has no levels.
    let _ = CONTEXT.try_with(|context| context.levels.push(cell, top, lent));
}

#[inline(never)]
fn end() -> Option<&'static Function> {
    CONTEXT.try_with(|context| context.levels.pop(&context.waiter)).ok().flatten()
}

/// The same in a level, whose lifetime is that of a call.
#[derive(Clone, Copy)]
pub(super) struct Borrowed(*const dyn Task);

// SAFETY: it is used as a `&Arc<dyn Task>` would be, which can be sent, as `Task` is `Send + Sync`.
#[allow(unsafe_code, reason = "a pointer is not sent by itself")]
unsafe impl Send for Borrowed {}

impl Borrowed {
    /// # Safety
    ///
    /// It and its copies are used only while what `running` borrows is borrowed.
    #[allow(unsafe_code, reason = "a lifetime is erased")]
    #[inline]
    pub(super) unsafe fn new(running: Running<'_>) -> Borrowed {
        Borrowed(running.cell)
    }

    #[inline]
    pub(super) fn task(&self) -> &dyn Task {
        // SAFETY: by `new` the cell is held by somebody else.
        #[allow(unsafe_code, reason = "the cell is there, as `new` demands")]
        unsafe {
            &*self.0
        }
    }

    /// Knows the cell, for longer.
    pub(super) fn weak(&self) -> Weak<dyn Task> {
        // SAFETY: the pointer is that of an `Arc`, which by `new` somebody holds now. This one is not
        // counted, nor dropped.
        #[allow(unsafe_code, reason = "the cell is there, as `new` demands")]
        let held = ManuallyDrop::new(unsafe { Arc::from_raw(self.0) });
        Arc::downgrade(&held)
    }

    /// Holds the cell, for longer.
    pub(super) fn hold(&self) -> Arc<dyn Task> {
        // SAFETY: the pointer is that of an `Arc`, which by `new` somebody holds now.
        #[allow(unsafe_code, reason = "the cell is there, as `new` demands")]
        unsafe {
            Arc::increment_strong_count(self.0);
            Arc::from_raw(self.0)
        }
    }
}

/// The header of the execution that runs, the last of the levels: looked at at each invocation.
#[derive(Clone, Copy)]
pub(super) struct Top(*const Header);

impl Top {
    /// # Safety
    ///
    /// As for [`Borrowed::new`].
    #[allow(unsafe_code, reason = "a lifetime is erased")]
    #[inline]
    pub(super) unsafe fn new(header: &Header) -> Top {
        Top(header)
    }

    /// That of the last level's cell.
    #[inline]
    pub(super) fn of(cell: &Borrowed) -> Top {
        Top(cell.task().header())
    }

    #[inline]
    pub(super) fn header(&self) -> &Header {
        // SAFETY: by `new`, or as that of the cell it is of, it is held by somebody else.
        #[allow(unsafe_code, reason = "the cell is there, as `new` demands")]
        unsafe {
            &*self.0
        }
    }
}
