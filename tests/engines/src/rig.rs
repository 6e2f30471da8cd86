//! What the scenarios need of an engine.

use std::process::Command;

use async_mech::durable::Handle;

/// An engine that runs.
pub trait Rig {
    /// Passes to a worker of that group, by its arguments, how to connect.
    fn connect(&self, worker: &mut Command, group: &str);
    /// A client of that group.
    fn client(&self, group: &str) -> Handle;
    /// Kills the server and starts it again, if that can be done.
    fn restart(&mut self) -> bool;
    /// Whether a message for a function that one worker lacks goes to another one.
    fn finds_another_worker(&self) -> bool;
}
