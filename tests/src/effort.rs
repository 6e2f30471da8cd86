//! How much tests do, and how long they are waited for: less and longer where they run slowly, as
//! under Valgrind.

use std::time::Duration;

/// How many runs a test makes that would make `usual` many: `ASYNC_MECH_RUNS`, if that is fewer.
#[must_use]
pub fn runs(usual: u64) -> u64 {
    number("ASYNC_MECH_RUNS").map_or(usual, |most| most.min(usual))
}

/// Long enough that no machine is merely slow: `ASYNC_MECH_PATIENCE` in seconds, or two minutes.
pub(crate) fn patience() -> Duration {
    Duration::from_secs(number("ASYNC_MECH_PATIENCE").unwrap_or(120))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
