//! How eagerly a thread takes what others queue.
//!
//! To hand a callee over costs more than to run a short one: the queue's lock and the cell go from
//! one processor to the other and back. So whoever has just run a short one leaves the next to who
//! queues them, as long as that one is busy queueing: it will await them, and run them itself.
//!
//! Not for ever: they may be meant for us. What must not depend on this is the invariant of
//! `searchers`: who stands back still searches, or has left others who do.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::sync::SPIN;

/// What is short: some times what it takes to hand a callee over.
const SHORT: Duration = Duration::from_micros(1);
/// Looks at a queue that grows before what is in it is taken; with the naps, some milliseconds.
const LOOKS: u32 = 64;
/// Callees taken then without standing back, in about a millisecond.
const HURRY: u32 = 2_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The last callee was short.
    short: bool,
    /// How often the thread has stood back since.
    looks: u32,
    /// How many callees to take without standing back.
    hurry: u32,
}

impl Pace {
    /// Runs a callee.
    pub(super) fn runs(&mut self, callee: impl FnOnce()) {
        if SPIN {
            let began = Instant::now();
            callee();
            self.took(began.elapsed());
        } else {
            callee();
            // A model checker has no time: each second one is short.
            self.took(if self.short { SHORT } else { Duration::ZERO });
        }
    }

    fn took(&mut self, time: Duration) {
        self.short = time < SHORT;
        self.looks = 0;
        self.hurry = self.hurry.saturating_sub(1);
    }

    /// Whether to leave what is queued to who queues it.
    pub(super) fn stands_back(&self) -> bool {
        self.short && self.hurry == 0
    }

    /// Asked at each look at a queue that grows: whether to do so once more.
    pub(super) fn stands_back_again(&mut self) -> bool {
        if !self.stands_back() {
            return false;
        }
        self.looks += 1;
        if self.looks > LOOKS {
            self.hurry = HURRY;
        }
        self.hurry == 0
    }
}

/// Pauses before a searcher parks.
pub(super) const PATIENT: u32 = 1_600;
/// At the least: it looks a few times.
const HASTY: u32 = 50;

/// A thread that is called so soon after it has parked had better waited.
const SOON: Duration = Duration::from_micros(50);

/// How long searchers of a loop wait for something to be queued before they park: longer than it takes to
/// wake one, but that is lost where thousands of executions end and nothing is queued (a ninth of what
/// ten thousand sleepers took). So each that has seen nothing halves it for the next.
#[derive(Debug)]
pub(super) struct Patience(AtomicU32);

impl Patience {
    pub(super) fn new() -> Patience {
        Patience(AtomicU32::new(PATIENT))
    }

    pub(super) fn pauses(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// From a thread that parked, and was called after so long.
    pub(super) fn called_after(&self, parked: Duration) {
        if parked < SOON {
            self.learn(true);
        }
    }

    /// From a searcher that has waited: whether it has seen anything queued. Of two that say so at the
    /// same time one may be overheard.
    pub(super) fn learn(&self, seen: bool) {
        let pauses = if seen { PATIENT } else { (self.pauses() / 2).max(HASTY) };
        self.0.store(pauses, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{HASTY, HURRY, LOOKS, PATIENT, Pace, Patience, SHORT, SOON};
    use std::time::Duration;

    #[test]
    fn who_ran_a_long_one_or_nothing_yet_takes_the_next() {
        let mut pace = Pace::default();
        assert!(!pace.stands_back() && !pace.stands_back_again());
        pace.took(Duration::ZERO);
        assert!(pace.stands_back() && pace.stands_back_again());
        pace.took(SHORT);
        assert!(!pace.stands_back() && !pace.stands_back_again());
    }

    #[test]
    fn searchers_wait_the_shorter_the_less_they_see() {
        let patience = Patience::new();
        let waits = [false; 7].map(|seen| {
            patience.learn(seen);
            patience.pauses()
        });
        assert_eq!(waits, [800, 400, 200, 100, 50, 50, 50]);
        patience.learn(true);
        assert_eq!(patience.pauses(), PATIENT);
    }

    #[test]
    fn a_searcher_that_had_better_waited_makes_the_next_one_wait() {
        let patience = Patience::new();
        (0..10).for_each(|_| patience.learn(false));
        patience.called_after(SOON);
        assert_eq!(patience.pauses(), HASTY);
        patience.called_after(SOON / 2);
        assert_eq!(patience.pauses(), PATIENT);
    }

    #[test]
    fn nobody_stands_back_for_ever() {
        let mut pace = Pace::default();
        pace.took(Duration::ZERO);
        for _ in 0..3 {
            assert_eq!((0..LOOKS).filter(|_| pace.stands_back_again()).count(), LOOKS as usize);
            assert!(!pace.stands_back_again(), "it is taken at last");
            for _ in 1..HURRY {
                pace.took(Duration::ZERO);
                assert!(!pace.stands_back(), "and what follows, too");
            }
            pace.took(Duration::ZERO);
            assert!(pace.stands_back());
        }
    }
}
