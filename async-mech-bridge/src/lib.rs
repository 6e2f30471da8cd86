//! The bridge between a durable function of [async-mech](async_mech), which blocks, and the client
//! library of an engine, which is async: for those who write an adapter.
//!
//! A [`Body`] is one run of a durable execution, on a thread of async-mech's. What it asks the engine
//! for comes out of [`Body::next`] as [`Request`]s, one after the other, in the order of the
//! program; an async task, the *driver*, answers them. A body that is dropped is taken away: it
//! unwinds at its next request, or in the one that it waits in, and nothing more is heard of it.
//!
//! ```
//! use async_mech::durable::{self, Call};
//! use async_mech::{invocable, invoke};
//! use async_mech_bridge::{Body, Request};
//!
//! #[invocable(durable)]
//! fn double(n: u64) -> u64 {
//!     2 * n
//! }
//!
//! #[invocable(durable)]
//! fn answer() -> u64 {
//!     invoke!(double(21)).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let answer = durable::function("answer").unwrap();
//! let mut body = Body::start(answer, "the-answer", b"[]".to_vec());
//! let Some(Request::Invoke(Call { id, function, args, .. })) = body.next().await else { panic!() };
//! assert_eq!((&*id, &*function, &*args), ("the-answer.0", "double", &b"[21]"[..]));
//! let Some(Request::Wait(awaited, answer)) = body.next().await else { panic!() };
//! assert_eq!(awaited, "the-answer.0");
//! answer.give(Ok(b"42".to_vec()));
//! let Some(Request::End(end)) = body.next().await else { panic!() };
//! assert_eq!(end, Ok(b"42".to_vec()));
//! # }
//! ```

mod body;
mod runtime;

pub use crate::body::{Answer, Body, Request};
pub use crate::runtime::Runtime;
