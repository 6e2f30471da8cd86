//! An engine in memory that lets executions be taken away at any of their calls, and runs them
//! again: what the seam is tested with.

mod engine;
mod session;

pub use crate::engine::{Fake, Looked};
