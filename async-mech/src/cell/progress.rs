//! How far a promise is, in one byte that is read without its cell's lock.
//!
//! Most promises are awaited by the one who invoked them, while nobody else looks. For those
//! completion takes no lock: the one step that it is succeeds only if the byte says that there is
//! nothing under the lock for it to look at. Whoever puts something there sets `WATCHED` first, under
//! the lock, and with the same step learns whether the promise is completed. Both are atomic changes
//! of one byte, so one of them comes first and the other sees it: no wake is lost.

use crate::sync::atomic::{AtomicU8, Ordering};

/// Set once.
const COMPLETED: u8 = 1;
/// A completion must look under the lock: at an awaiter, a link, a second holder. Never taken back.
const WATCHED: u8 = 2;
/// Completed, and no promise holds it any more.
const OVER: u8 = 4;

/// See the module.
pub(crate) struct Progress(AtomicU8);

impl Progress {
    /// Of a promise that is pending.
    #[inline]
    pub(super) fn new() -> Progress {
        Progress(AtomicU8::new(0))
    }

    #[inline]
    pub(crate) fn is_completed(&self) -> bool {
        self.0.load(Ordering::Acquire) & COMPLETED != 0
    }

    /// Whether nothing is left of it but its entry, which goes soon.
    pub(crate) fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire) & OVER != 0
    }

    /// Under the cell's lock, before something is put there that completion looks at. False if it is
    /// completed: then nobody will look.
    #[inline]
    pub(super) fn watch(&self) -> bool {
        self.0.fetch_or(WATCHED, Ordering::AcqRel) & COMPLETED == 0
    }

    /// By the one who runs the callee for the only holder: completes the promise, which is over with
    /// that, unless it is watched.
    #[inline]
    pub(super) fn complete_unwatched(&self) -> bool {
        let pending =
            self.0.compare_exchange(0, COMPLETED | OVER, Ordering::AcqRel, Ordering::Relaxed);
        pending.is_ok()
    }

    /// Completes the promise, under the cell's lock: so nobody else changes the byte.
    #[inline]
    pub(super) fn complete(&self) {
        self.set(COMPLETED);
    }

    /// A completed promise has lost its last holder, under the cell's lock.
    #[inline]
    pub(super) fn end(&self) {
        self.set(OVER);
    }

    #[inline]
    fn set(&self, bit: u8) {
        self.0.store(self.0.load(Ordering::Relaxed) | bit, Ordering::Release);
    }
}
