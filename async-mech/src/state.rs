//! A snapshot of an event loop: its promises, and who awaits them, put together on demand.

pub(crate) mod article;
mod line;
mod moment;
mod tree;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::moment::Moment;
use crate::context;
use crate::execution::Id;
use crate::failure::Failure;
use crate::threads::Threads;
use crate::threads::waiter::Waiter;

/// An event loop's live promises and their awaiters: [`EventLoop::snapshot`].
///
/// Prints as a tree: who invoked whom, who awaits whom, and since when.
///
/// ```text
/// #1 `main`, awaits #2 (lends it its thread)
/// └─ #2 `outer` (src/main.rs:21), awaits #3 (lends it its thread)
///    └─ #3 `inner` (src/main.rs:12), awaits #10004 for 1.2 s
///       ├─ #4 `fetch` (src/main.rs:6), running
///       ├─ #5 `fetch` (src/main.rs:6), queued
///       ├─ #6 `fetch` (src/main.rs:6), queued
///       ├─ #7 `fetch` (src/main.rs:6), queued
///       ├─ ... and 9,996 more like #5
///       └─ #10004 `all` (src/main.rs:7), no function, awaits #4, #5, #6, #7 and 9,996 more
/// ```
///
/// A line says how the call spells the function, where the call is, and how far it is. Promises
/// that a [`Resolver`] or a combinator completes have no function. At the left are executions that
/// no promise here represents, with what they invoked: the main thread, other threads of the
/// program, executions of other loops, and those that ended and whose promise nobody holds any more.
///
/// It reads well for many promises, and for deep chains: of siblings that look the same, three are
/// shown, and of recursion the beginning and the end. The fields have them all.
///
/// [`EventLoop::snapshot`]: crate::EventLoop::snapshot
/// [`Resolver`]: crate::Resolver
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct State {
    /// How far each promise is.
    pub promises: BTreeMap<Id, Status>,
    /// The executions suspended on each promise. One that lent its thread to the promise's
    /// function is among them, and so is a promise that depends on it, such as that of `all`.
    pub awaiters: BTreeMap<Id, Vec<Id>>,
    /// The threads of the loop.
    pub threads: usize,
    /// How each promise came to be.
    pub invocations: BTreeMap<Id, Invocation>,
    /// What each execution awaits, and what a promise depends on: `awaiters` from the other side.
    pub waits: BTreeMap<Id, Vec<Wait>>,
    /// The names of threads that async-mech did not start, by the ids of their root executions.
    /// Known for those that wait here and have a name; the main thread's is `main`.
    pub roots: BTreeMap<Id, String>,
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

/// How a promise came to be.
///
/// ```
/// use async_mech::{EventLoop, current, promise};
///
/// let event_loop = EventLoop::builder().build();
/// let (p, resolver) = event_loop.run(|| promise::<u32>());
/// let invocation = &event_loop.snapshot().invocations[&p.id()];
/// assert_eq!((invocation.name, invocation.function), ("promise", false));
/// assert_eq!(invocation.caller, Some(current().id()));
/// # resolver.resolve(1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invocation {
    /// The function as the call spells it. Without a function, what made the promise: `promise`,
    /// `all`, `then`, `sleep`, and so on.
    pub name: &'static str,
    /// Whether it has a function, invoked or to be.
    pub function: bool,
    /// The file of the call.
    pub file: &'static str,
    /// The line of the call in that file.
    pub line: u32,
    /// The execution that made the call.
    pub caller: Option<Id>,
}

/// An await that is not over.
///
/// ```
/// use async_mech::{EventLoop, invoke};
///
/// let event_loop = EventLoop::builder().max_threads(1).build();
/// let handle = event_loop.clone();
/// let inner = event_loop.invoke(move || handle.snapshot());
/// let id = inner.id();
/// for wait in inner.wait().waits.into_values().flatten() {
///     assert_eq!(wait.promise, id);
///     assert!(wait.lends || wait.since.is_some());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// What is awaited.
    pub promise: Id,
    /// How long ago a thread was suspended for it. An execution that lends its thread has not been,
    /// and a promise that depends on others has none.
    pub since: Option<Duration>,
    /// Whether the awaiter's thread runs the promise's function.
    pub lends: bool,
}

/// One of those who wait for a promise, as the promise's cell knows them.
pub(crate) struct Awaiting {
    pub(crate) id: Id,
    /// The thread that is suspended, and since when; a promise that depends on this one has none.
    pub(crate) thread: Option<(Arc<Waiter>, Moment)>,
}

impl State {
    pub(crate) fn of(threads: &Threads) -> State {
        let mut state = State {
            promises: BTreeMap::new(),
            awaiters: BTreeMap::new(),
            threads: threads.live(),
            invocations: BTreeMap::new(),
            waits: BTreeMap::new(),
            roots: BTreeMap::new(),
        };
        let mut stacks = HashMap::new();
        let now = Moment::now();
        for live in threads.shards().iter().flat_map(|shard| shard.live()) {
            let header = live.task.header();
            let (completed, failure, awaiting) = live.task.report();
            let status = match (completed, failure) {
                (_, Some(failure)) => Status::Failed(failure),
                (true, None) => Status::Completed,
                (false, None) if live.queued => Status::Queued,
                (false, None) => Status::Pending,
            };
            let lender = live.lender.filter(|_| !completed);
            let mut awaiters: Vec<Id> = awaiting.iter().map(|awaiting| awaiting.id).collect();
            for Awaiting { id, thread } in awaiting {
                let since = thread.as_ref().map(|(_, since)| since.until(now));
                let wait = Wait { promise: header.id, since, lends: lender == Some(id) };
                state.waits.entry(id).or_default().push(wait);
                stacks.extend(thread.map(|(waiter, _)| (id, waiter)));
            }
            // At the ceiling the lender has registered before it lends.
            if let Some(lender) = lender.filter(|lender| !awaiters.contains(lender)) {
                awaiters.push(lender);
                let wait = Wait { promise: header.id, since: None, lends: true };
                state.waits.entry(lender).or_default().push(wait);
            }
            let invocation = Invocation {
                name: header.name(),
                function: header.invoked(),
                file: header.location.file(),
                line: header.location.line(),
                caller: header.caller,
            };
            state.promises.insert(header.id, status);
            state.awaiters.insert(header.id, awaiters);
            state.invocations.insert(header.id, invocation);
        }
        for waits in state.waits.values_mut() {
            waits.sort_by_key(|wait| wait.promise);
        }
        state.name_roots(stacks);
        state
    }

    /// Names the root executions after their threads; `stacks` has the threads of those that are
    /// suspended. A root that lends its thread is not, but somebody on top of it may be.
    fn name_roots(&mut self, mut stacks: HashMap<Id, Arc<Waiter>>) {
        if let Some(me) = context::invoked_now() {
            stacks.insert(me.id, context::waiter().0);
        }
        for root in self.waits.keys().filter(|id| !self.promises.contains_key(id)) {
            let mut top = root;
            while let Some(wait) = self.waits.get(top).and_then(|waits| waits.iter().find(lends)) {
                top = &wait.promise;
            }
            let name = stacks.get(top).and_then(|waiter| waiter.foreign_name());
            self.roots.extend(name.map(|name| (*root, name.to_owned())));
        }
        fn lends(wait: &&Wait) -> bool {
            wait.lends
        }
    }

    /// The state as the article prints it.
    ///
    /// ```
    /// use async_mech::{EventLoop, promise};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let (p, resolver) = event_loop.run(|| promise::<u32>());
    /// let id = p.id();
    /// assert_eq!(
    ///     event_loop.snapshot().article().to_string(),
    ///     format!("%State{{\n  promises: %{{{id} => :pending}},\n  awaiters: %{{{id} => []}}\n}}")
    /// );
    /// # resolver.resolve(1);
    /// ```
    #[must_use]
    pub fn article(&self) -> impl fmt::Display {
        article::Article { promises: &self.promises, awaiters: &self.awaiters }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tree::Tree::of(self).write(f)
    }
}
