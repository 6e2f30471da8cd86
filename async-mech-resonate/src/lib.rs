#![doc = include_str!("../README.md")]

use async_mech::durable::Error;

mod builder;
mod cancel;
mod engine;
mod execution;
mod network;
mod server;
mod shared;
mod waiters;
mod waiting;
mod wire;
mod worker;

pub use crate::builder::Builder;

/// A Resonate server, by its URL: `http://localhost:8001`. Nothing is sent before
/// [`start`](Builder::start) or [`client`](Builder::client).
///
/// # Errors
///
/// If that is no URL.
pub fn connect(url: &str) -> Result<Builder, Error> {
    Builder::server(url)
}

/// The server that the SDK has inside, for tests and for trying out: in this process, and forgotten
/// with it. Clones of the builder share one.
#[must_use]
pub fn local() -> Builder {
    Builder::local()
}
