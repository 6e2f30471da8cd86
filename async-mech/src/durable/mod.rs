//! Functions whose promises outlive the process: durable execution, on an engine that others run.
//! (Feature `durable`.)
//!
//! A function annotated with [`#[invocable(durable)]`](macro@crate::invocable) is an ordinary
//! function, and `invoke!` of it an ordinary invocation, until the program is connected to a durable
//! engine: Restate with `async-mech-restate`, Resonate with `async-mech-resonate`. Then
//! [`Handle::invoke`] hands the call to the engine, which has some process of its choice run it;
//! what the function itself invokes goes the same way. If a process dies, the executions that it ran
//! run again elsewhere, *from their beginning*, and find that what they invoked before has been done.
//!
//! ```
//! use async_mech::{durable, invocable, invoke};
//!
//! #[invocable(durable)]
//! fn resize(image: String) -> u64 {
//!     image.len() as u64
//! }
//!
//! #[invocable(durable)]
//! fn album(images: Vec<String>) -> u64 {
//!     let thumbs: Vec<_> = images.into_iter().map(|image| invoke!(resize(image))).collect();
//!     thumbs.into_iter().map(|thumb| thumb.await).sum()
//! }
//!
//! # fn main() -> Result<(), durable::Error> {
//! // Without an engine: `async_mech_restate::connect(..)?.start()?` is one.
//! let engine = durable::embedded()?;
//! let images = vec!["a.png".to_owned(), "b.png".to_owned()];
//! assert_eq!(engine.invoke("album-42", album, (images,))?.wait(), 10);
//! # Ok(())
//! # }
//! ```
//!
//! # What it takes to run again
//!
//! | | |
//! |---|---|
//! | a promise is settled | once, whatever dies |
//! | a body runs | at least once |
//! | the user sees to it | that what a body does besides invoking may be done twice, and that at each run it invokes the same functions with the same arguments in the same order |
//!
//! A promise's id is `parent.seq`, counted in the order in which its parent invokes durable
//! functions. [`Execution::durable_id`](crate::Execution::durable_id) is the same at each run, so it
//! is a key to make side effects idempotent with. Time, random numbers, and what is read from outside
//! belong into functions of their own, whose values are kept.
//!
//! So that a run sees what the run before saw, a durable promise is completed when *the execution
//! that invoked it* awaits it, and at no other time. Such an execution may use `p.await`, `wait`,
//! `outcome`, [`Promise::all`](crate::Promise::all) and the like (which ask for the inputs in their
//! order); [`race`](crate::Promise::race), [`any`](crate::Promise::any) and
//! [`as_completed`](crate::Promise::as_completed) of durable invocations, whose winner the engine
//! records; [`then`](crate::Promise::then), [`cancel`](crate::Promise::cancel) and
//! [`block_on`](crate::block_on). Refused, with a failure that says so, are deadlines and channels of a
//! durable promise, races of durable with other promises, awaits by other executions, and `invoke!` of
//! a durable function by an execution that is not durable, as a closure is, or the child of a
//! [`scope`](crate::scope()). A durable function that is called, and not invoked, or that is itself a
//! scope's child, runs on the spot.
//!
//! Durable mode is for coarse steps: an invocation costs milliseconds, where one in this process costs
//! nanoseconds.
//!
//! # Failures
//!
//! A `Result` that a function returns is a value, and crosses as such. A panic crosses as kind,
//! function and message ([`Failed`]); its payload does not.
//!
//! # For adapters
//!
//! An adapter implements [`Engine`], makes a [`Handle`] of it, and runs what the engine sends with
//! [`Function::start`] and a [`Session`].

pub(crate) mod codec;
mod embedded;
mod engine;
mod handle;
pub(crate) mod invoke;
mod owner;
pub(crate) mod pull;
pub(crate) mod registry;
pub(crate) mod remote;

pub use self::embedded::embedded;
pub use self::engine::{
    Call, Engine, Failed, Interrupted, Kind, Mismatch, Session, Settle, Settled,
};
pub use self::handle::{Error, Handle};
pub(crate) use self::invoke::way;
pub(crate) use self::owner::{Owner, any_active};
pub use self::registry::{Callable, Function, function, functions};
