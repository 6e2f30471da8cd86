//! The article's `%State{promises, awaiters}`, put together on demand.

use std::collections::BTreeMap;
use std::fmt;

use crate::execution::Id;
use crate::failure::Failure;
use crate::threads::Threads;

/// An event loop's live promises and their awaiters: [`EventLoop::snapshot`].
///
/// Prints like the article's state:
///
/// ```text
/// %State{
///   promises: %{#2 => :pending, #3 => :completed},
///   awaiters: %{#2 => [#1], #3 => []}
/// }
/// ```
///
/// [`EventLoop::snapshot`]: crate::EventLoop::snapshot
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct State {
    /// How far each promise is.
    pub promises: BTreeMap<Id, Status>,
    /// The executions suspended on each promise. One that lent its thread to the promise's
    /// function is among them.
    pub awaiters: BTreeMap<Id, Vec<Id>>,
    /// The threads of the loop.
    pub threads: usize,
}

/// How far a promise is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Status {
    /// Not completed, and no thread has taken its function yet.
    Queued,
    /// Not completed.
    Pending,
    /// Completed with a value.
    Completed,
    /// Completed without one.
    Failed(Failure),
}

impl State {
    pub(crate) fn of(threads: &Threads) -> State {
        let mut state =
            State { promises: BTreeMap::new(), awaiters: BTreeMap::new(), threads: threads.live() };
        for live in threads.shards().iter().flat_map(|shard| shard.live()) {
            let id = live.task.header().id;
            let (completed, failure, mut awaiters) = live.task.report();
            let status = match (completed, failure) {
                (_, Some(failure)) => Status::Failed(failure),
                (true, None) => Status::Completed,
                (false, None) if live.queued => Status::Queued,
                (false, None) => Status::Pending,
            };
            // At the ceiling the lender has registered before it lends.
            if !completed {
                awaiters.extend(live.lender.filter(|lender| !awaiters.contains(lender)));
            }
            state.promises.insert(id, status);
            state.awaiters.insert(id, awaiters);
        }
        state
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%State{{\n  promises: %{{")?;
        for (n, (id, status)) in self.promises.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {status}")?;
        }
        write!(f, "}},\n  awaiters: %{{")?;
        for (n, (id, awaiters)) in self.awaiters.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {awaiters:?}")?;
        }
        write!(f, "}}\n}}")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Queued | Status::Pending => f.write_str(":pending"),
            Status::Completed => f.write_str(":completed"),
            Status::Failed(failure) => write!(f, "{{:failed, {:?}}}", failure.message()),
        }
    }
}
