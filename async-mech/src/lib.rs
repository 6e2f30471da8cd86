//! Async await without colour: ordinary blocking functions, typed promises, no executor.
//!
//! # Hello, world!
//!
//! ```
//! use async_mech::invoke;
//!
//! let p = invoke!(|| "Hello, world!");
//! println!("{}", p.wait());
//! ```

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod awaitable;
mod builder;
mod cell;
mod context;
mod event_loop;
mod execution;
mod failure;
mod hooks;
mod macros;
mod panic_hook;
mod promise;
mod resolver;
mod shutdown;
mod state;
mod sync;
mod threads;
mod timed;

pub use async_mech_macros::{invocable, main, test};

pub use crate::awaitable::{Awaitable, Takes, wait};
pub use crate::builder::Builder;
pub use crate::event_loop::EventLoop;
pub use crate::execution::{Execution, Id, current};
pub use crate::failure::{Failure, FailureKind};
pub use crate::panic_hook::install_panic_hook;
pub use crate::promise::Promise;
pub use crate::resolver::{Resolver, promise};
pub use crate::state::{State, Status};
pub use crate::timed::TimedOut;
