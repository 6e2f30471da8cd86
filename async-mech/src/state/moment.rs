//! When an execution was suspended, in eight bytes.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Nanoseconds since the first moment that was asked for. An `Instant` would make every awaiter
/// larger, also those that no thread waits for.
#[derive(Clone, Copy)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Reads the clock, so it is not for an await that lends its thread.
    pub(crate) fn now() -> Moment {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let passed = FIRST.get_or_init(Instant::now).elapsed();
        // They last for 584 years.
        Moment(passed.as_nanos() as u64)
    }

    /// The time from this moment until `now`: nothing, if it is later.
    pub(super) fn until(self, now: Moment) -> Duration {
        Duration::from_nanos(now.0.saturating_sub(self.0))
    }
}
