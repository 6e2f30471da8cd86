//! Models of the runtime, for model checkers; see the tests. Each checker has a build of its own:
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p models --release
//! RUSTFLAGS="--cfg loom"    CARGO_TARGET_DIR=target/loom    cargo test -p models --release
//! ```
//!
//! Shuttle runs the whole runtime and explores interleavings, every atomic being sequentially
//! consistent. Loom runs `threads/searchers.rs` alone and explores memory orderings too.

#[cfg(shuttle)]
mod explore;
#[cfg(shuttle)]
pub use crate::explore::{explore, in_loop, in_loops};
