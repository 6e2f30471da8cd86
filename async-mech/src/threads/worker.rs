//! What a thread of ours does: search, take, pass the wake on, run, search again, park, retire.

use std::sync::Arc;
use std::time::Duration;

use super::idle::Parked;
use super::pace::{PATIENT, Pace};
use super::place::{self, Place};
use super::shard::Shard;
use super::stack::Stack;
use super::{Threads, processors};
use crate::abort::AbortOnUnwind;
use crate::cell::Task;
use crate::context::{self, Lent, Running};
use crate::sync::SPIN;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread;

/// Pauses between two looks. Each look takes the queue's cache line from whoever invokes.
const PAUSES: u32 = 8;
/// The same, where callers run what they invoke themselves; it doubles each time, up to [`FAR`]. Then
/// the searcher sleeps between two looks, as a thread that spins slows down others of its core.
const NEAR: u32 = 48;
const FAR: u32 = 384;
const NAP: Duration = Duration::from_micros(20);
/// Pauses granted to a callee that has just been queued: its caller may be about to await it.
const GRACE: u32 = 30;
/// The same, by who stands back from short ones: longer than an awaiter takes for the one before, as
/// to take what it awaits next makes it wait, and what follows then looks as if nobody came for it.
const LONG_GRACE: u32 = 120;

/// The life of a thread that has been counted as searching.
pub(super) fn work(place: Place, number: usize) {
    let threads = place.threads();
    // It would leave promises that nobody completes.
    let guard = AbortOnUnwind::new(|| "a thread of the event loop panicked outside any body");
    // Most often the main thread is at home in the first shard.
    context::adopt(threads, number + 1, Stack::of_size(threads.config.stack_size));
    let me = Parked::current();
    let mut pace = Pace::default();
    loop {
        while let Some(task) = threads.search(&mut pace) {
            threads.body_runs(true);
            // Pass the wake on before the body, which may block for ever: the invariant.
            // Twice, so that a burst fans out as a tree; first while this thread still counts, so
            // that whoever queues finds somebody on the way and starts no thread itself.
            if threads.any_queued() && threads.searchers.after_publishing() == 1 {
                threads.call();
            }
            threads.searchers.stop();
            threads.kick_if_queued();
            pace.runs(|| task.run(Running::from(&task), Lent::No));
            threads.searchers.start();
            threads.body_runs(false);
        }
        if !threads.rest(&me, &mut pace) {
            break;
        }
    }
    context::retire();
    guard.disarm();
}

impl Threads {
    /// Looks for a callee for a short while.
    fn search(&self, pace: &mut Pace) -> Option<Arc<dyn Task>> {
        let mut stands_back = pace.stands_back();
        loop {
            if !stands_back && let Some(task) = self.take() {
                return Some(task);
            }
            stands_back = false;
            if !self.spin_for_work(pace) {
                return None;
            }
        }
    }

    /// Takes the oldest callee.
    pub(crate) fn take(&self) -> Option<Arc<dyn Task>> {
        while let Some(shard) = self.oldest_shard() {
            if let Some(task) = shard.take() {
                return Some(task);
            }
        }
        None
    }

    /// The shard whose oldest callee is the oldest.
    fn oldest_shard(&self) -> Option<&Shard> {
        let queued = self.shards.iter().filter(|shard| shard.oldest() != 0);
        queued.min_by_key(|shard| shard.oldest()).map(|shard| &**shard)
    }

    /// Waits for a callee that stays queued. A caller that awaits what it just invoked runs it
    /// itself, faster than we could: its callee gets a grace, and while it goes on like that we
    /// stay near, which spares it a wake. Nearer or farther: what nobody awaits starts within about a
    /// tenth of a millisecond at the most, or after the milliseconds of [`Pace`] if more and more is.
    fn spin_for_work(&self, pace: &mut Pace) -> bool {
        /// Threads of this process that spin: they must leave a processor to those that work.
        static SPINNERS: AtomicUsize = AtomicUsize::new(0);
        if !SPIN {
            return false;
        }
        let spinners = SPINNERS.fetch_add(1, Ordering::Relaxed);
        let mut found = false;
        let mut seen = false;
        let mut pauses = PAUSES;
        let spins = spinners + 1 < processors();
        let mut left = if spins { self.patience.pauses() } else { 0 };
        while left > 0 && !found {
            if pauses < FAR {
                pause(pauses);
            } else {
                thread::park_timeout(NAP);
            }
            left = left.saturating_sub(pauses);
            if let Some(shard) = self.oldest_shard() {
                seen = true;
                let (first, queued) = (shard.oldest(), shard.queued());
                pause(if pace.stands_back() { LONG_GRACE } else { GRACE });
                let still = shard.oldest();
                found = still != 0
                    && still == first
                    && !(shard.queued() > queued && pace.stands_back_again());
                // Its awaiter runs what it invokes: bother it less and less, and at once if that is
                // short. Who spins then may have the processor that the awaiter was on.
                pauses = if pace.stands_back() { FAR } else { (pauses * 2).clamp(NEAR, FAR) };
                left = PATIENT.max(8 * pauses);
            }
        }
        if spins {
            self.patience.learn(seen);
        }
        SPINNERS.fetch_sub(1, Ordering::Relaxed);
        found
    }

    /// Parks until called. False if the thread should end.
    fn rest(self: &Arc<Self>, me: &Arc<Parked>, pace: &mut Pace) -> bool {
        context::tidy();
        // In the cache before the last look: whoever is refused a thread looks there after it
        // has published that nobody searches.
        self.idle.push(me);
        let others = self.searchers.stop();
        // Others who search will look in our place: this thread would only be in the way.
        let relies = others > 0 && pace.stands_back();
        *pace = Pace::default();
        if !relies && self.any_queued() && self.idle.withdraw(me) {
            self.searchers.start();
            return true;
        }
        let parked = self.idle.park(me, self.config.keep_alive, || {
            self.closing.load(Ordering::Acquire) || place::beyond(self)
        });
        if let Some(parked) = parked {
            self.patience.called_after(parked);
        }
        parked.is_some()
    }
}

fn pause(times: u32) {
    for _ in 0..times {
        std::hint::spin_loop();
    }
}
