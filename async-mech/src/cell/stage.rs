//! The callee in its cell: there until somebody takes it, and that once.
//!
//! A byte of the header says whether it is there; the same byte says later whether the execution lends
//! its thread, which it does only when the callee is gone, and whether the cell is worth keeping. A lock
//! and an `Option` around the callee would be 16 bytes of a promise's 136.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;

use super::Cell;
use crate::sync::atomic::{AtomicU8, Ordering};

/// No callee is in the cell: it has been taken, or there never was one.
const GONE: u8 = 0;
const THERE: u8 = 1;
/// Gone, and the execution has lent its thread to a callee that it awaits.
const LENDS: u8 = 2;
/// Gone, and what it was in has too much room to be kept for another one.
const LARGE: u8 = 3;

/// Bytes of a cell that is kept, at the most.
const SMALL: usize = 1_024;

/// See the module.
pub(crate) struct Stage(AtomicU8);

impl Stage {
    /// Of a cell without a callee.
    #[inline(always)]
    pub(super) fn new() -> Stage {
        Stage(AtomicU8::new(GONE))
    }

    /// Whether the caller may take what is in the room: true for one, once.
    #[inline(always)]
    fn take(&self) -> bool {
        self.0.compare_exchange(THERE, GONE, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[inline(always)]
    fn has_callee(&self) -> bool {
        self.0.load(Ordering::Acquire) == THERE
    }

    /// By the execution itself.
    #[inline]
    pub(super) fn lends(&self, lends: bool) {
        self.0.store(if lends { LENDS } else { GONE }, Ordering::Relaxed);
    }

    pub(super) fn is_lending(&self) -> bool {
        self.0.load(Ordering::Relaxed) == LENDS
    }

    #[inline]
    pub(super) fn is_large(&self) -> bool {
        self.0.load(Ordering::Relaxed) == LARGE
    }
}

/// Room for a callee. Whether one is there says the [`Stage`] of the same cell.
pub(super) struct Room<F>(UnsafeCell<MaybeUninit<F>>);

// SAFETY: what is in it is only moved out, by the one thread that the stage lets have it.
#[allow(unsafe_code, reason = "as a lock's would be, which the stage stands in for")]
unsafe impl<F: Send> Sync for Room<F> {}

impl<F> Room<F> {
    #[inline(always)]
    pub(super) fn new() -> Room<F> {
        Room(UnsafeCell::new(MaybeUninit::uninit()))
    }
}

impl<T, F> Cell<T, F> {
    /// Puts a callee in, where none is.
    #[inline(always)]
    pub(super) fn put_callee(&mut self, callee: F) {
        debug_assert!(!self.has_callee());
        self.callee.0.get_mut().write(callee);
        self.base.header.stage = Stage(AtomicU8::new(THERE));
    }

    /// Takes the callee. `None` if it is gone.
    #[inline(always)]
    pub(super) fn take_callee(&self) -> Option<F> {
        // SAFETY: `put_callee` alone says that a callee is there, after it has put it there while nobody
        // else had the cell; to all who have it since, that happened before. Of those who ask, the stage
        // lets one have it, and nobody looks there any more until the next one is put in.
        #[allow(unsafe_code, reason = "the stage says that it is there")]
        self.base.header.stage.take().then(|| unsafe { (*self.callee.0.get()).assume_init_read() })
    }

    #[inline(always)]
    pub(super) fn has_callee(&self) -> bool {
        self.base.header.stage.has_callee()
    }

    /// The callee has ended: notes whether what it was in is too large to be kept. Only who knows both the
    /// callee's type and the value's can tell.
    #[inline(always)]
    pub(super) fn ended(&self) {
        if const { size_of::<Self>() > SMALL } {
            self.base.header.stage.0.store(LARGE, Ordering::Relaxed);
        }
    }
}

impl<T, F> Drop for Cell<T, F> {
    #[inline(always)]
    fn drop(&mut self) {
        drop(self.take_callee());
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use std::panic::Location;
    use std::sync::{Arc, Barrier};
    use std::thread;

    use crate::cell::{Born, Cell, Header, Owned};
    use crate::context;

    /// A cell that nobody has registered, whose callee holds this.
    fn cell(held: &Arc<()>) -> Arc<Cell<(), Owned<impl FnOnce() + Send + 'static>>> {
        let held = Arc::clone(held);
        let header = context::here(|current, home| {
            Header::of_promise(current, home, || "held", Location::caller(), Born::Promise)
        });
        Cell::placed(header, None, Some(Owned(move || drop(held))))
    }

    #[test]
    fn of_those_who_ask_for_a_callee_one_gets_it() {
        const ASKING: usize = 4;
        for _ in 0..100 {
            let held = Arc::new(());
            let (cell, start) = (cell(&held), Barrier::new(ASKING));
            let ask = || {
                start.wait();
                cell.take_callee().is_some()
            };
            let got = thread::scope(|scope| {
                let asking: Vec<_> = (0..ASKING).map(|_| scope.spawn(ask)).collect();
                let got = asking.into_iter().map(|it| it.join().expect("no panic"));
                got.filter(|got| *got).count()
            });
            assert_eq!(got, 1);
            assert_eq!(Arc::strong_count(&held), 1, "and has dropped it");
        }
    }

    #[test]
    fn a_callee_that_nobody_takes_is_dropped_with_its_cell() {
        let held = Arc::new(());
        let cell = cell(&held);
        assert!(cell.has_callee());
        assert_eq!(Arc::strong_count(&held), 2);
        drop(cell);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn a_callee_that_was_taken_is_not_dropped_again() {
        let held = Arc::new(());
        let cell = cell(&held);
        let callee = cell.take_callee();
        assert!(!cell.has_callee());
        drop(cell);
        assert_eq!(Arc::strong_count(&held), 2, "whoever took it has it");
        drop(callee);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn who_lends_its_thread_has_no_callee_any_more() {
        let cell = cell(&Arc::new(()));
        let header = &cell.base.header;
        assert!(!header.is_lending());
        assert!(cell.take_callee().is_some());
        header.lends(true);
        assert!(header.is_lending() && !cell.has_callee() && cell.take_callee().is_none());
        assert!(header.is_lending(), "and to ask changes nothing");
        header.lends(false);
        assert!(!header.is_lending());
    }
}
