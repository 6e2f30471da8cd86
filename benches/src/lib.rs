//! What invoke and await cost, beside what others offer for the same work.
//!
//! - [`compare`], the command `benches`: every workload, every peer, tables and charts.
//! - [`core`], the command `bench-core`: a few workloads in a minute, for every change.
//! - `instructions/`, a package of its own: the command `bench-instructions`, whose counts noise does
//!   not move.
//!
//! `workloads` says what is measured, `peers` who takes part, one file each, and `work` is the work
//! itself, for all peers whose waiting blocks. Every measurement runs in a process of its own, so that
//! no contender inherits another's threads or memory; `process` starts and bounds it.

pub mod compare;
pub mod core;
mod machine;
mod peers;
mod process;
mod spread;
mod work;
mod workloads;

/// The article's event loop, ported word for word: the baseline that async-mech comes from.
#[path = "../../examples/literal.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a program, of which we use two functions")]
mod literal;
