//! How the holders of a completed promise get its value: the last one moves it, others clone it, one
//! at a time and outside the lock.

use super::{Base, Inner, Phase};
use crate::cell::Outcome;
use crate::context;
use crate::sync::{MutexGuard, SPIN, lock};

/// Looks at a value that is lent, before a thread parks: most are cloned in no time, and a thread
/// that parks costs whoever clones a wake.
const SPINS: u32 = 20;
/// Pauses between two looks.
const PAUSES: u32 = 10;

impl<T> Base<T> {
    /// Takes the outcome for one holder of a completed promise: the last one gets the value
    /// itself, others a clone. Waits only while another holder clones.
    ///
    /// Waiters here pass a baton: giving a lent value back wakes one, which gives it back in turn.
    // Out of line: deep chains of awaits keep the frame that calls it.
    #[inline(never)]
    pub(crate) fn take(&self) -> Outcome<T> {
        let mut inner = lock(&self.inner);
        let mut waited = None;
        let mut spins = if SPIN { SPINS } else { 0 };
        loop {
            if !matches!(inner.phase, Phase::Done(_)) {
                if spins > 0 {
                    spins -= 1;
                    drop(inner);
                    (0..PAUSES).for_each(|_| std::hint::spin_loop());
                    inner = lock(&self.inner);
                    continue;
                }
                let (waiter, execution) = context::waiter();
                inner.wait_to_take(&waiter, execution);
                drop(inner);
                crate::sync::thread::park();
                inner = lock(&self.inner);
                waited = Some(waiter);
                continue;
            }
            // Woken by something else, this thread is still registered: the baton must not come
            // to it, who will not look again.
            if let Some(waiter) = waited.take() {
                inner.takes(&waiter);
            }
            if inner.holders == 1 {
                inner.holders = 0;
                self.header.progress.end();
                let phase = std::mem::replace(&mut inner.phase, Phase::Taken);
                drop(inner);
                self.forget(context::remove);
                let Phase::Done(outcome) = phase else { unreachable!("seen under the lock") };
                return outcome;
            }
            if let Phase::Done(Err(failure)) = &inner.phase {
                let failure = failure.clone();
                inner.seen = true;
                inner.holders -= 1;
                inner.tidy();
                return Err(failure);
            }
            return Ok(self.clone_out(inner));
        }
    }

    /// Clones a completed value outside the lock, and gives up one holder.
    fn clone_out(&self, mut inner: MutexGuard<'_, Inner<T>>) -> T {
        /// Puts the value back, also when `clone` unwinds. With the same look at the cell it gives
        /// up the holder: whoever is the last one then moves the value.
        struct Back<'a, T>(&'a Base<T>, Option<T>);
        impl<T> Drop for Back<'_, T> {
            fn drop(&mut self) {
                let phase = Phase::Done(Ok(self.1.take().expect("the value is here")));
                let mut inner = lock(&self.0.inner);
                inner.holders -= 1;
                if inner.holders == 0 {
                    inner.phase = Phase::Taken;
                    self.0.header.progress.end();
                    drop(inner);
                    self.0.end(phase, true);
                    return;
                }
                inner.phase = phase;
                let next = inner.next_taker();
                inner.tidy();
                drop(inner);
                if let Some(waiter) = next {
                    waiter.wake();
                }
            }
        }
        let clone = inner.more().clone.expect("more than one holder, so the promise was cloned");
        let Phase::Done(Ok(value)) = std::mem::replace(&mut inner.phase, Phase::Lent) else {
            unreachable!("seen under the lock")
        };
        drop(inner);
        let back = Back(self, Some(value));
        clone(back.1.as_ref().expect("just put"))
    }
}
