//! What several tests of async-mech need; the tests by topic are in `tests`.

mod random;
mod watchdog;

pub use random::Random;
pub use watchdog::Watchdog;
