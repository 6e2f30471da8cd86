//! What several tests of async-mech need; the tests by topic are in `tests`.

mod occupy;
mod peak;
mod random;
mod watchdog;

pub use occupy::occupy;
pub use peak::{Inside, Peak};
pub use random::Random;
pub use watchdog::Watchdog;
