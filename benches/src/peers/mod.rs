//! Who takes part: one file a peer, each written as its users would write it.

pub(crate) mod async_mech;
mod async_mech_join;
mod blocking;
mod deadlock;
mod elixir;
mod external;
mod features;
mod go;
mod literal;
mod may;
mod memory;
mod python;
mod rayon_join;
mod rayon_spawn;
mod rusty_pool;
mod std_thread;
mod threadpool;
mod tokio_blocking;
mod tokio_spawn;
mod xargs;

use std::marker::PhantomData;

pub(crate) use self::external::Program;
use crate::work::{Invoke, Measure, awaiters, calls, checksum, sleepers, start, trees};

/// Somebody who does workloads.
#[derive(Debug)]
pub(crate) struct Peer {
    /// What the command line calls it.
    pub(crate) id: &'static str,
    /// What tables call it.
    pub(crate) name: &'static str,
    /// How it is set up, in a sentence.
    pub(crate) about: &'static str,
    pub(crate) how: How,
}

/// Where a peer's work is done.
#[derive(Debug)]
pub(crate) enum How {
    /// In this program. The first table that names a workload counts.
    Here { tables: &'static [Table], environment: &'static [(&'static str, &'static str)] },
    /// In another program, which may not be installed.
    Elsewhere(&'static Program),
}

/// What a peer does for some workloads.
pub(crate) type Table = &'static [(&'static str, Ability)];

/// Whether a peer can do a workload.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ability {
    Does(Measure),
    /// It cannot, and this is why.
    Refuses(&'static str),
    /// The workload says nothing about this peer, or the same as about another one.
    Absent,
}

/// async-mech's id, to which the others are compared.
pub(crate) const OURS: &str = "async-mech";
/// That of its `join`, which has targets of its own.
pub(crate) const JOIN: &str = "async-mech-join";

/// All peers, in the order in which tables show them.
pub(crate) static ALL: &[&Peer] = &[
    &async_mech::PEER,
    &async_mech_join::PEER,
    &features::CANCELLED,
    &features::INHERIT,
    &features::OBSERVED,
    &features::UNTRACED,
    &std_thread::PEER,
    &rayon_join::PEER,
    &rayon_spawn::PEER,
    &tokio_spawn::PEER,
    &tokio_blocking::PEER,
    &blocking::PEER,
    &may::PEER,
    &rusty_pool::PEER,
    &threadpool::PEER,
    &literal::PEER,
    &go::PEER,
    &elixir::TASK,
    &elixir::ARTICLE,
    &python::PEER,
    &xargs::PEER,
];

/// The peer of that id.
pub(crate) fn find(id: &str) -> Option<&'static Peer> {
    ALL.iter().copied().find(|peer| peer.id == id)
}

impl Peer {
    /// Whether it does the workload.
    pub(crate) fn ability(&self, workload: &str) -> Ability {
        let find = |table: Table| table.iter().find(|(name, _)| *name == workload);
        match &self.how {
            How::Here { tables, .. } => {
                tables.iter().find_map(|table| find(table)).map_or(Ability::Absent, |found| found.1)
            }
            How::Elsewhere(program) => program.ability(workload),
        }
    }
}

/// What any peer does whose waiting blocks, with nothing but `Invoke`.
struct Blocking<P>(PhantomData<P>);

impl<P: Invoke> Blocking<P> {
    const TABLE: Table = &[
        ("ping", Ability::Does(calls::ping::<P>)),
        ("ping-busy", Ability::Does(calls::ping_busy::<P>)),
        ("fan-out-10k", Ability::Does(calls::fan_out::<P, 10_000>)),
        ("fan-out-100k", Ability::Does(calls::fan_out::<P, 100_000>)),
        ("fan-out-busy", Ability::Does(calls::fan_out_busy::<P>)),
        ("start", Ability::Does(start::start::<P>)),
        ("fib-18", Ability::Does(trees::fib::<P, 18>)),
        ("fib-27", Ability::Does(trees::fib::<P, 27>)),
        ("chain-1k", Ability::Does(trees::chain::<P, 1_000>)),
        ("chain-10k", Ability::Does(trees::chain::<P, 10_000>)),
        ("chain-30k", Ability::Does(trees::chain::<P, 30_000>)),
        ("chain-1m", Ability::Does(trees::chain::<P, 1_000_000>)),
        ("skynet", Ability::Does(trees::skynet::<P>)),
        ("sleepers-1k", Ability::Does(sleepers::sleepers::<P, 1_000>)),
        ("sleepers-10k", Ability::Does(sleepers::sleepers::<P, 10_000>)),
        ("awaiters", Ability::Does(awaiters::by_condvar::<P>)),
        ("checksum", Ability::Does(checksum::by_workers::<P>)),
    ];
}

/// How many threads a pool may have where so many invocations block at once: as many as a system
/// with default limits gives.
fn threads_for(blocked: usize) -> usize {
    blocked.saturating_add(2).min(30_000)
}
