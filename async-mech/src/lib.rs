//! Async await without colour: ordinary blocking functions, typed promises, no executor.
//!
//! The mechanics are those of the article ["The Mechanics of Async Await"][article]: *invoke* starts
//! a function and returns a promise, *await* gives the promise's value and may block the caller,
//! *return* completes the promise and resumes its awaiters. No function is `async`, nothing is
//! `Pin`, and any blocking code may stand anywhere.
//!
//! [article]: https://github.com/dtornow/async-await-mechanics
//!
//! # Hello, world!
//!
//! ```
//! use async_mech::invoke;
//!
//! let p = invoke!(|| "Hello, world!");
//! println!("{}", p.wait());
//! ```
//!
//! # Invoke and await
//!
//! [`invoke!`] takes a call, evaluates its arguments, and starts it at once, awaited or not. In a
//! function annotated with [`#[invocable]`](macro@invocable) a promise is read with `p.await`; it
//! stays an ordinary function, which can also be called as one.
//!
//! ```
//! use async_mech::{invocable, invoke};
//!
//! #[invocable]
//! fn fib(n: u64) -> u64 {
//!     if n < 2 {
//!         return n;
//!     }
//!     let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
//!     a.await + b.await
//! }
//!
//! #[async_mech::main]
//! fn main() {
//!     assert_eq!(invoke!(fib(15)).await, 610);
//! }
//! ```
//!
//! Elsewhere [`p.wait()`](Promise::wait), [`wait`] and [`r#await!`](macro@crate::await) do the same; [`mech!`] lets
//! items write `await!(p)` in every edition.
//!
//! # When a function fails
//!
//! A panic fails the promise. [`wait`](Promise::wait) unwinds with the [`Failure`];
//! [`outcome`](Promise::outcome) returns it. A function that returns a `Result` is awaited with
//! `p.await?`.
//!
//! ```
//! use async_mech::{FailureKind, invoke};
//!
//! let failure = invoke!(|| panic!("no disk")).outcome().map(|()| "fine").unwrap_err();
//! assert_eq!(failure.kind(), FailureKind::Panicked);
//! assert_eq!(failure.message(), "no disk");
//! ```
//!
//! # Waiting for less, and for more
//!
//! | to | use |
//! |---|---|
//! | wait at most so long | [`wait_timeout`](Promise::wait_timeout), [`wait_deadline`](Promise::wait_deadline): the promise comes back |
//! | not wait | [`try_wait`](Promise::try_wait), [`is_completed`](Promise::is_completed) |
//! | let it run on unread | [`detach`](Promise::detach) |
//! | read one value several times | a clone of the promise, or `(&p).await`, where `T: Clone` |
//! | await several | a tuple of promises, [`Promise::all`], [`any`](Promise::any), [`race`](Promise::race), [`all_settled`](Promise::all_settled), [`as_completed`](Promise::as_completed) |
//! | go on with the value, without a thread that waits | [`then`](Promise::then), [`flatten`](Promise::flatten) |
//! | run many, at most so many at a time | [`map_bounded`] |
//! | borrow from the stack, and join | [`scope()`] |
//! | divide what is to be computed, down to the smallest pieces | [`join`](join()) |
//! | stop it | [`cancel`](Promise::cancel), [`canceller`](Promise::canceller), [`checkpoint`], [`sleep`] |
//! | complete a promise by hand | [`promise()`] and [`Resolver`] |
//! | make a failure of an error | [`fail`](fail()) |
//! | await a promise in `async` code, on any executor | `p.await` there: [`PromiseFuture`] |
//! | await a `Future` in blocking code | [`block_on`] |
//! | `select!` over promises and channels | [`receiver`](Promise::receiver) |
//! | have threads and limits of one's own | [`EventLoop::builder`] |
//! | see what is going on | [`EventLoop::snapshot`] |
//!
//! # When executions await each other
//!
//! An await that closes a circle of awaits fails as a [`Deadlock`](FailureKind::Deadlock), and the
//! message has a line for each execution of the circle. Nothing is reported that may still go on.
//!
//! # What to know about threads
//!
//! Each running invocation has an OS thread, and an execution that awaits a function that has not
//! started runs it on its own thread, which makes an invoke and await cheaper than any hand-over.
//! So a thread's id and thread-locals may be shared with an awaiter: [`Execution::id`] is an
//! execution's identity. [`#[invocable(own_thread)]`](macro@invocable) and
//! [`lend_threads(false)`](Builder::lend_threads) give an invocation a thread to itself.
//!
//! Failures need unwinding: with `panic = "abort"` a panic ends the process, as it always does.
//!
//! # Features
//!
//! - `trace` (on unless switched off): the `trace` module, and `ASYNC_MECH_TRACE` for whole programs.
//! - `durable`: `#[invocable(durable)]` and the module `durable`: functions whose promises live on a
//!   durable engine, and outlive the process.
//! - `live`: `trace::serve`, the page of a run that goes on.
//! - `tracing`: each invocation is a span of the crate `tracing`, from `invoke!` to the end of the
//!   execution, and entered while the function runs; its parent is the span that the caller was in.
//!   The span `invocation`, level `INFO`, target `async_mech`, has the fields `otel.name` (the
//!   function as the call spells it), `id`, `caller`, `code.file.path` and `code.line.number` (the
//!   call); at the end `code.function.name`, if the function is annotated, and for a failure
//!   `error.type`, `otel.status_code` and `otel.status_description`.

#[macro_use]
mod observed;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod abort;
mod r#await;
mod awaitable;
mod block_on;
mod bounded;
mod builder;
mod cancel;
mod cell;
mod channel;
mod combine;
mod context;
mod deadlock;
#[cfg(feature = "durable")]
pub mod durable;
mod event_loop;
mod execution;
mod fail;
mod failure;
mod future;
mod grouped;
mod hooks;
mod inherit;
mod join;
mod macros;
mod panic_hook;
mod promise;
mod resolver;
mod scope;
mod settling;
mod shutdown;
#[cfg(feature = "tracing")]
mod spans;
mod state;
mod suspend;
mod sync;
mod threads;
mod timed;
#[cfg(feature = "trace")]
pub mod trace;
mod unseen;
mod unwind;

pub use async_mech_macros::{invocable, main, test};
/// The crate of the channels that [`Promise::receiver`] gives.
pub use crossbeam_channel;

pub use crate::awaitable::{Awaitable, Takes, wait};
pub use crate::block_on::block_on;
pub use crate::bounded::{MapBounded, Unordered, map_bounded};
pub use crate::builder::Builder;
pub use crate::cancel::{Cancellation, Canceller, checkpoint};
pub use crate::combine::{AggregateFailure, AsCompleted};
pub use crate::event_loop::EventLoop;
pub use crate::execution::{Execution, Id, current, sleep};
pub use crate::fail::fail;
pub use crate::failure::{Failure, FailureKind};
pub use crate::future::{OutcomeFuture, PromiseFuture};
pub use crate::inherit::inherit;
pub use crate::join::join;
pub use crate::panic_hook::install_panic_hook;
pub use crate::promise::Promise;
pub use crate::resolver::{Resolver, promise};
pub use crate::scope::{Scope, scope};
pub use crate::state::{Invocation, State, Status, Wait};
pub use crate::timed::TimedOut;

/// The README's code blocks are compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
