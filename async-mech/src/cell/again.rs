//! A cell used again: most often a thread invokes what it has invoked before.
//!
//! A cell whose promise is over stays registered for a while, if its awaiter lent its thread
//! (`context/home.rs`). The next invocation of the same type by that thread takes it over as it is,
//! entry and all: to give it to the allocator and get one from there is a sixth of an invocation.
//! It does so under the shard's lock, through which alone others can get at what is registered.

use std::any::TypeId;
use std::sync::Arc;

use super::{Cell, Invocation, Task};

/// What a cell is there to call.
pub(crate) trait Callee<T>: Send {
    fn call(self) -> T;
    /// Which type the cell is. Nothing if that may borrow: types that differ in lifetimes alone cannot
    /// be told apart.
    fn cell_type() -> Option<Type>;
}

/// A type, as the function that tells its id. To compare ids took longer: they come back in memory, in
/// two halves, and to read those at once stalls the processor.
#[derive(Clone, Copy)]
pub(crate) struct Type(fn() -> TypeId);

impl Type {
    #[inline(always)]
    fn of<T: 'static>() -> Type {
        #[inline(never)]
        fn id<T: 'static>() -> TypeId {
            TypeId::of::<T>()
        }
        Type(id::<T>)
    }

    /// Whether it is that one. What is compiled twice may be taken for another.
    #[inline(always)]
    fn is<T: 'static>(self) -> bool {
        let is = std::ptr::fn_addr_eq(self.0, Type::of::<T>().0);
        debug_assert!(!is || (self.0)() == TypeId::of::<T>());
        is
    }
}

/// A callee that borrows nothing, and whose result does not.
pub(crate) struct Owned<F>(pub(crate) F);

impl<T: Send + 'static, F: FnOnce() -> T + Send + 'static> Callee<T> for Owned<F> {
    #[inline(always)]
    fn call(self) -> T {
        (self.0)()
    }

    #[inline(always)]
    fn cell_type() -> Option<Type> {
        Some(Type::of::<Cell<T, Self>>())
    }
}

/// One that may borrow.
pub(crate) struct Borrowing<F>(pub(crate) F);

impl<T: Send, F: FnOnce() -> T + Send> Callee<T> for Borrowing<F> {
    #[inline(always)]
    fn call(self) -> T {
        (self.0)()
    }

    fn cell_type() -> Option<Type> {
        None
    }
}

impl<T, F> Cell<T, Owned<F>>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    /// Whether it is one of that type.
    #[inline(always)]
    pub(crate) fn is_of(task: &dyn Task) -> bool {
        task.cell_type().is_some_and(Type::is::<Self>)
    }

    /// Makes a registered cell, whose promise is over, that of another invocation. Gives all of it back
    /// if the cell is of another type, or somebody else has it, or something in it has yet to be dropped.
    #[inline(always)]
    pub(crate) fn again(
        over: Arc<dyn Task>,
        invocation: Invocation,
        callee: F,
    ) -> Result<Arc<Self>, (Arc<dyn Task>, Invocation, F)> {
        if !Self::is_of(&*over) {
            return Err((over, invocation, callee));
        }
        // SAFETY: a cell says of which type it is, by a function that tells that type's id. Where such
        // functions have one address they are one, which tells one id: so it is a `Cell<T, Owned<F>>`,
        // and in an `Arc`, as all are. Neither type has a lifetime in it that could differ but in what is
        // named and not held, which is laid out and called alike; and nothing of the former one is left.
        #[allow(unsafe_code, reason = "what is known by another way than `Any`, which is slower")]
        let mut cell = unsafe { Arc::from_raw(Arc::into_raw(over).cast::<Self>()) };
        if let Some(blank) = Arc::get_mut(&mut cell)
            && !blank.has_callee()
            && blank.base.is_blank()
        {
            blank.base.begin(invocation);
            blank.put_callee(Owned(callee));
            return Ok(cell);
        }
        Err((cell, invocation, callee))
    }
}
