//! Servers of durable engines, started for tests on ports of their own, on the loopback interface.

mod process;
mod resonate;
mod restate;

pub use crate::resonate::Resonate;
pub use crate::restate::Restate;
