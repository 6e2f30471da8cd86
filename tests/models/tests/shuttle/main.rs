//! The whole runtime under shuttle: all models in one program, which is built once and keeps every
//! processor busy to the end.

#![cfg(shuttle)]

mod again;
mod awaiters;
mod borrows;
mod bounded;
mod cancel;
mod ceiling;
mod claims;
mod combinators;
mod deadlock;
#[cfg(feature = "durable")]
mod durable;
mod futures;
mod holders;
mod interleavings;
mod join;
mod scope;
mod shutdown;
mod waits;
