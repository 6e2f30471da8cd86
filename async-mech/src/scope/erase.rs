//! A child's cell, which borrows, among cells that do not.
//!
//! Queues, registry and promises hold cells of any type as `dyn` objects without a lifetime. A
//! child's callee and value may borrow what lives as long as `'scope`, so its cell's lifetime is
//! erased. What makes that sound is in this file, in when [`Ended`](super::children::Ended) is
//! dropped, and in who drops what in a cell; the argument is at the `unsafe` block. [`Scope`] is
//! made only here, by [`joined`], so that no scope is left before its children have ended.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;

use super::Payload;
use super::children::{Children, TOO_LATE};
use crate::abort::AbortOnUnwind;
use crate::cell::{Borrowing, Cell, Header, Invocation, Name, Promised, Task};
use crate::context;
use crate::event_loop::SHUT_DOWN;
use crate::failure::{Failure, FailureKind};
use crate::inherit::Inherited;
use crate::promise::Promise;
#[cfg(feature = "trace")]
use crate::trace;

/// Invokes functions that may borrow: see [`scope`](crate::scope()).
///
/// `'scope` is the life of the scope, to the end of the join; `'env` is that of what surrounds it.
pub struct Scope<'scope, 'env: 'scope> {
    children: Arc<Children>,
    /// Invariant, as `'env` is: a `'scope` that could shrink would let a child borrow from the
    /// scope's own body, which ends before the join.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// Runs `body` in a scope, of that name, and joins it, however `body` ends. Also says what failed first.
pub(crate) fn joined<'env, T>(
    name: Name,
    location: &'static Location<'static>,
    body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
) -> (Result<T, Payload>, Option<Failure>) {
    let children = Arc::new(Children::new(name, location));
    let scope = Scope { children: Arc::clone(&children), scope: PhantomData, env: PhantomData };
    // It would leave the stack that children borrow.
    let abort = AbortOnUnwind::new(|| "a scope could not be joined");
    let opened = children.open();
    let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
    if let Err(payload) = &result {
        if let Some(failure) = payload.downcast_ref::<Failure>() {
            children.fail(failure);
        }
        children.cancel();
    }
    opened.join();
    abort.disarm();
    (result, children.take_first())
}

impl<'scope> Scope<'scope, '_> {
    /// *Invoke*, for a callee that may borrow.
    #[track_caller]
    pub(crate) fn invoke_named<T, F>(&'scope self, name: Name, callee: F) -> Promise<T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.invoke_at(name, Location::caller(), callee)
    }

    /// The same, for a call that is there.
    pub(crate) fn invoke_at<T, F>(
        &'scope self,
        name: Name,
        location: &'static Location<'static>,
        callee: F,
    ) -> Promise<T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let inherited = Inherited::capture().spanned(None, name, location);
        let (cell, refused) = context::here(|caller, home| {
            let scope = Some(&self.children);
            let invocation = Invocation::new(caller, name, location, inherited, scope);
            let (header, links) = Header::of_invocation(invocation, &home.shard);
            let cell = erase(Cell::placed(header, links, Some(Borrowing(callee))));
            observed!(trace::emit(cell.header(), None, trace::Kind::Invoke));
            let task = Arc::clone(&cell) as Arc<dyn Task>;
            // Counted before anybody can run it.
            let wanted = self.children.add(&task);
            let queued = home.register(cell.header(), task, wanted);
            if queued {
                home.threads.kick();
            }
            (cell, if queued { None } else { Some(if wanted { SHUT_DOWN } else { TOO_LATE }) })
        });
        if let Some(why) = refused {
            cell.refuse(FailureKind::Cancelled, why);
        }
        observed!(trace::emit(cell.header(), None, trace::Kind::Promised));
        Promise::of(cell)
    }

    /// How many children have not ended.
    pub(super) fn count(&self) -> usize {
        self.children.count()
    }
}

/// Erases `'scope` from a child's cell. Only for [`Scope::invoke_at`].
fn erase<'scope, T, F>(cell: Arc<Cell<T, Borrowing<F>>>) -> Arc<dyn Promised<T>>
where
    F: FnOnce() -> T + Send + 'scope,
    T: Send + 'scope,
{
    let cell: Arc<dyn Promised<T> + 'scope> = cell;
    // SAFETY: only the bound on the object's lifetime changes, so the layout is the same. With
    // `'static` in its place safe code may keep the cell beyond `'scope`. That must not touch what
    // borrows: the callee `F`, or a value `T`.
    //
    // 1. `joined` returns only when every child that was added has ended, and does so however the
    //    body ends: it catches the body's unwinding, and a panic of the join itself aborts. A
    //    `&'scope Scope`, needed to add a child, is only in the hands of the body, which is over,
    //    and of children, each of which is counted until it has ended (or of what one of these joins,
    //    and ends before it): `'scope` is invented anew for each body and invariant, so no value that
    //    mentions it can be stored anywhere else that will run.
    // 2. A child ends once: whoever has claimed the callee drops an `Ended`, and unlinking, which
    //    decides the claim, happens once. It is made when the callee is gone, and dropped after
    //    `return`, also when that unwinds. By then
    //    - the callee has left the cell, and has been called or dropped, with all it captured,
    //      within `catch_unwind`;
    //    - a value that no promise holds has been dropped in `complete`; else it is in the cell,
    //      or with the awaiter that lent its thread.
    //    What the claimer still holds are the cell itself, whose callee is gone, and things
    //    that are `'static`: failures, payloads, inherited context.
    // 3. A value in a cell is cloned, moved out or dropped by holders alone, each of them a
    //    `Promise<T>`, which cannot be used or dropped beyond the lifetimes in `T`. A leaked
    //    promise keeps its count of the `Arc`, so the cell, with its value, is never dropped. When
    //    the last promise is dropped or read, it takes the value out; what registry, snapshots or
    //    contexts then still hold is a cell with neither callee nor value, whose destructor
    //    touches no `F` or `T`. They look only at headers and failures meanwhile.
    // 4. Children's accesses happen before the end of the join: it sees them gone under the lock
    //    under which they were counted out.
    //
    // Tests that fail without it, in `tests/tests/scope` and `tests/ui/scope_*`: 1. `joining`,
    // `failing` and `many`; that `'scope` is invariant and new, `scope_shrunk` and
    // `scope_inner_scope_child_in_outer`. 2. and 3. `dropping`; that links hold no borrowed value,
    // `scope_*_borrowed`. 4. is the model checks'.
    #[allow(unsafe_code, reason = "a lifetime cannot be erased otherwise")]
    unsafe {
        std::mem::transmute::<Arc<dyn Promised<T> + 'scope>, Arc<dyn Promised<T> + 'static>>(cell)
    }
}
