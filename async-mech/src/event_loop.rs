//! The event loop: `invoke`, `await` and `return`, the three methods of the article.
//!
//! `await` has a file of its own, `await.rs`. There is no loop thread. The loop is the protocol, run by whichever thread makes a transition:
//! *invoke* registers a promise and queues its callee, *await* takes the outcome or suspends the
//! caller, *return* completes the promise and resumes its awaiters.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::builder::Builder;
use crate::cell::{Base, Cell, Invocation, Name, Outcome, Owned, Task};
use crate::context::{self, Home};
use crate::execution::Id;
use crate::failure::FailureKind;
use crate::inherit::Inherited;
use crate::promise::Promise;
use crate::shutdown;
use crate::state::State;
use crate::threads::{Config, Threads};
#[cfg(feature = "trace")]
use crate::trace;

/// Tracks promises and awaiters, and runs invocations on threads of its own.
///
/// Most programs need none of their own: [`invoke!`](crate::invoke) uses the loop of the current
/// execution, which is [`EventLoop::global`] unless something else was arranged. A loop of one's
/// own has limits of its own and can be shut down.
///
/// A handle is cheap to clone. When the last one is dropped, what was invoked still runs, and the
/// threads end.
///
/// ```
/// use async_mech::{EventLoop, invoke};
///
/// let event_loop = EventLoop::builder().name("jobs").max_threads(4).build();
/// let total: u32 = event_loop.run(|| {
///     let jobs: Vec<_> = (0..10).map(|n| invoke!(move || n * n)).collect();
///     jobs.into_iter().map(|job| job.wait()).sum()
/// });
/// assert_eq!(total, 285);
/// ```
#[derive(Clone)]
pub struct EventLoop {
    handle: Arc<Handle>,
}

/// What the handles of a loop share; the loop's threads hold `Threads` alone.
struct Handle {
    threads: Arc<Threads>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.threads.close();
    }
}

impl EventLoop {
    pub(crate) fn new(config: Config) -> EventLoop {
        EventLoop { handle: Arc::new(Handle { threads: Threads::new(config, false) }) }
    }

    /// The loop that `invoke!` uses where nothing else was arranged. Made at first use; never
    /// dropped.
    pub fn global() -> &'static EventLoop {
        static GLOBAL: OnceLock<EventLoop> = OnceLock::new();
        GLOBAL.get_or_init(|| {
            let threads = Threads::new(Config::default(), true);
            EventLoop { handle: Arc::new(Handle { threads }) }
        })
    }

    /// Sets up a loop of one's own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Invokes `f` on this loop: what [`invoke!`](crate::invoke) does on the current one.
    ///
    /// ```
    /// use async_mech::EventLoop;
    ///
    /// let p = EventLoop::global().invoke(|| 6 * 7);
    /// assert_eq!(p.wait(), 42);
    /// ```
    #[track_caller]
    pub fn invoke<T, F>(&self, f: F) -> Promise<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let location = Location::caller();
        context::within(&self.handle.threads, || invoke(std::any::type_name::<F>, location, f))
    }

    /// Runs `f` on the calling thread, with this loop as the current one: `invoke!` in it uses
    /// this loop. Does not wait for what `f` invoked and did not await.
    pub fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        context::within(&self.handle.threads, f)
    }

    /// The loop's promises and awaiters as they are now. Prints as a tree: who invoked whom, who
    /// awaits whom, and since when.
    ///
    /// Each promise is looked at for itself, so a running loop's snapshot is no instant of it.
    ///
    /// ```
    /// use async_mech::{EventLoop, promise};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let (p, resolver) = event_loop.run(|| promise::<u32>());
    /// let tree = event_loop.snapshot().to_string();
    /// assert!(tree.contains(&format!("└─ {} `promise`", p.id())));
    /// assert!(tree.ends_with(", no function, pending"));
    /// # resolver.resolve(1);
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> State {
        State::of(&self.handle.threads)
    }

    /// Refuses further invocations (their promises fail as
    /// [`Cancelled`](FailureKind::Cancelled)), cancels the queued ones, waits up to `patience`
    /// for the running ones, and returns how many still run.
    ///
    /// Those that run are not interrupted, but what they invoke from now on is refused as well, in a
    /// scope of their own, too; so one that still has to invoke something fails. To drain a loop, await
    /// what was invoked first, and then shut down.
    ///
    /// Promises without a callee ([`promise`](crate::promise())) are not counted, nor is the execution
    /// that calls this. Executions that await that one are, so they use up the patience. The second half
    /// of a [`join`](crate::join()) is part of its caller, unless a thread has taken it.
    pub fn shutdown(&self, patience: Duration) -> usize {
        let deadline = Instant::now().checked_add(patience);
        shutdown::shut_down(&self.handle.threads, deadline)
    }

    pub(crate) fn with_threads<R>(&self, f: impl FnOnce(&Arc<Threads>) -> R) -> R {
        f(&self.handle.threads)
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = &self.handle.threads;
        f.debug_struct("EventLoop")
            .field("name", &threads.config.name)
            .field("threads", &threads.live())
            .finish_non_exhaustive()
    }
}

/// **Invoke**: creates a promise, queues its callee, and sees to it that a thread is on its way.
/// Never waits for the callee, nor for a thread.
pub(crate) fn invoke<T, F>(
    name: Name,
    location: &'static Location<'static>,
    callee: F,
) -> Promise<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    invoke_for(None, Inherited::capture(), name, location, callee)
}

/// The same, for a caller that has asked for it before; `None` is the current execution.
///
/// Not inlined: the caller's frame should not keep what this takes while it awaits. Deep chains of
/// awaits are made of such frames.
#[inline(never)]
pub(crate) fn invoke_for<T, F>(
    caller: Option<Id>,
    inherited: Inherited,
    name: Name,
    location: &'static Location<'static>,
    callee: F,
) -> Promise<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    #[cfg(feature = "trace")]
    let callee = crate::trace::values::showing(callee);
    let inherited = inherited.spanned(caller, name, location);
    let (cell, queued) = context::here(|current, home| {
        let caller = caller.unwrap_or(current);
        invoke_at(home, Invocation::new(caller, name, location, inherited, None), callee)
    });
    if !queued {
        cell.refuse(FailureKind::Cancelled, SHUT_DOWN);
    }
    observed! {
        if caller.is_none() {
            trace::emit(cell.header(), None, trace::Kind::Promised);
        }
    }
    Promise::new(cell)
}

/// Makes the cell, in the current thread's home, and calls a thread. Whether it was queued.
///
/// Not inlined: it would be compiled twice, as there are two ways to find one's home.
#[inline(never)]
fn invoke_at<T, F>(home: &Home, invocation: Invocation, callee: F) -> (Arc<Cell<T, Owned<F>>>, bool)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (queued, cell) = home.invoke(invocation, callee);
    if queued {
        home.threads.kick();
    }
    (cell, queued)
}

/// Why an invocation was cancelled.
pub(crate) const SHUT_DOWN: &str = "the event loop has been shut down";

/// **Return**: stores the outcome and resumes the awaiters, however the body ended and whoever
/// ran it: a thread of ours, an awaiter, a resolver. See [`Base::complete`] for `for_me`.
///
/// Out of line: whoever lends keeps its own frame while the callee runs.
#[inline(never)]
pub(crate) fn r#return<T>(base: &Base<T>, outcome: Outcome<T>, for_me: bool) -> Option<Outcome<T>> {
    if let Err(failure) = &outcome
        && let Some(scope) = base.scope()
        && scope.failing(base.header.id, failure)
    {
        base.ignore_failure();
    }
    base.complete(outcome, for_me)
}
