//! Engines with real processes: workers that are killed, servers that go away. What happens is read
//! from a log that all of them append to.

pub mod app;
mod hold;
pub mod log;
mod processes;
mod resonate;
mod restate;
mod rig;
pub mod scenarios;
mod start;

pub use crate::processes::Group;
pub use crate::resonate::Resonate;
pub use crate::restate::Restate;
pub use crate::rig::Rig;
pub use crate::start::{serve, start};
