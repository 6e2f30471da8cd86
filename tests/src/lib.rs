//! What several tests of async-mech need; the tests by topic are in `tests`.

mod browser;
mod effort;
mod occupy;
mod outcome;
mod peak;
mod pulls;
mod random;
mod until;
mod watchdog;

pub use browser::browse;
pub use effort::runs;
pub use occupy::{occupy, with_a_busy_loop};
pub use outcome::{completed, is_own_deadlock, kind_of, leads_to_deadlock};
pub use peak::{Inside, Peak};
pub use pulls::counted;
pub use random::Random;
pub use until::{
    until_awaited, until_awaited_by, until_awaits, until_completed, until_no_promises,
};
pub use watchdog::{Watchdog, watched};
