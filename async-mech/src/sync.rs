//! The one place that names the synchronisation types, so that a model checker's can stand in.
//!
//! `--cfg shuttle` swaps in shuttle's types for the whole runtime (interleavings). The
//! ordering-sensitive parts, `threads/searchers.rs`, `cell/progress.rs` and `cell/stage.rs`, are built over
//! loom's types by models in `tests/models`, where `--cfg loom` is set (memory orderings). Neither is a
//! Cargo feature: unification would put model types into an ordinary `cargo test`.

#[cfg(shuttle)]
pub(crate) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread, thread_local,
};
#[cfg(not(shuttle))]
pub(crate) use std::{
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread, thread_local,
};

/// Whether the current thread unwinds.
#[cfg(not(shuttle))]
pub(crate) use std::thread::panicking;

/// Shuttle's threads are coroutines: `std` would say so of all of them while one unwinds. What
/// counts here is an execution that ends since it is cancelled.
#[cfg(shuttle)]
pub(crate) mod unwinding {
    use std::cell::Cell;

    shuttle::thread_local! {
        static UNWINDS: Cell<bool> = const { Cell::new(false) };
    }

    pub(crate) fn panicking() -> bool {
        UNWINDS.with(Cell::get)
    }

    pub(crate) fn set(unwinds: bool) {
        UNWINDS.with(|it| it.set(unwinds));
    }
}
#[cfg(shuttle)]
pub(crate) use unwinding::panicking;

/// Locks, whatever an earlier panic did: no invariant of ours spans a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What a mutex holds that nobody else can have.
#[inline]
pub(crate) fn unlocked<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Whether waiting threads may spin first: not under a model checker, which would explore every
/// round.
pub(crate) const SPIN: bool = cfg!(not(shuttle));
