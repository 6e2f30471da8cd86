//! The event loop: `invoke`, `await` and `return`, the three methods of the article.
//!
//! There is no loop thread. The loop is the protocol, run by whichever thread makes a transition:
//! *invoke* registers a promise and queues its callee, *await* takes the outcome or suspends the
//! caller, *return* completes the promise and resumes its awaiters.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::builder::Builder;
use crate::cell::{Base, Cell, Header, Outcome, Promised, Task};
use crate::context;
use crate::failure::FailureKind;
use crate::inherit::Inherited;
use crate::promise::Promise;
use crate::shutdown;
use crate::state::State;
use crate::sync::{SPIN, thread};
use crate::threads::waiter::Waiter;
use crate::threads::{Config, Threads, processors};

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
        EventLoop { handle: Arc::new(Handle { threads: Threads::new(config) }) }
    }

    /// The loop that `invoke!` uses where nothing else was arranged. Made at first use; never
    /// dropped.
    pub fn global() -> &'static EventLoop {
        static GLOBAL: OnceLock<EventLoop> = OnceLock::new();
        GLOBAL.get_or_init(|| EventLoop::builder().build())
    }

    /// Sets up a loop of one's own.
    pub fn builder() -> Builder {
        Builder::new()
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
        context::within(&self.handle.threads, || invoke(std::any::type_name::<F>(), location, f))
    }

    /// Runs `f` on the calling thread, with this loop as the current one: `invoke!` in it uses
    /// this loop. Does not wait for what `f` invoked and did not await.
    pub fn run<T>(&self, f: impl FnOnce() -> T) -> T {
        context::within(&self.handle.threads, f)
    }

    /// The loop's promises and awaiters as they are now.
    ///
    /// Each promise is looked at for itself, so a running loop's snapshot is no instant of it.
    ///
    /// ```
    /// use async_mech::{EventLoop, promise};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let (p, resolver) = event_loop.run(|| promise::<u32>());
    /// assert!(event_loop.snapshot().to_string().contains(&format!("{} => :pending", p.id())));
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
    /// Promises without a callee ([`promise`](crate::promise())) are not counted.
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
///
/// Not inlined: the cell is put together on the stack, which the caller's frame should not keep
/// while it awaits. Deep chains of awaits are made of such frames.
#[inline(never)]
pub(crate) fn invoke<T, F>(
    name: &'static str,
    location: &'static Location<'static>,
    callee: F,
) -> Promise<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let inherited = Inherited::capture();
    let (cell, queued) = context::here(|caller, home| {
        let header = Header::new(caller, home, name, location, true);
        let cell = Arc::new(Cell::new(header, Some((callee, inherited))));
        let queued = home.shard.insert(Arc::clone(&cell) as Arc<dyn Task>, true);
        if queued {
            home.threads.kick();
        }
        (cell, queued)
    });
    if !queued {
        cell.refuse(FailureKind::Cancelled, SHUT_DOWN);
    }
    Promise::new(cell)
}

/// Why an invocation was cancelled.
pub(crate) const SHUT_DOWN: &str = "the event loop has been shut down";

/// **Await**: takes the outcome of a completed promise, else suspends the caller until it is
/// completed, or the deadline passes (`None`).
///
/// Without a deadline, a caller that finds the callee still queued does not suspend: it has
/// nothing else to do, so it *claims* the callee and runs it itself. It claims only the very
/// promise it awaits, so it never picks up work that could block it for another reason.
pub(crate) fn r#await<T>(
    cell: &Arc<dyn Promised<T>>,
    deadline: Option<Instant>,
) -> Option<Outcome<T>> {
    let base = cell.base();
    if !base.is_completed() {
        let _away = context::leave_place();
        if deadline.is_none() && may_lend(&base.header) {
            if let Some(outcome) = lend(cell) {
                return Some(outcome);
            }
            lend_through(&base.header);
        }
        if !base.is_completed() && !spin(|| base.is_completed()) && !suspend(cell, deadline) {
            return None;
        }
    }
    Some(base.take())
}

/// Runs the callee here if nobody has taken it. `Some` if the caller was its only holder.
fn lend<T>(cell: &Arc<dyn Promised<T>>) -> Option<Outcome<T>> {
    let header = &cell.base().header;
    let task = header.claim(Some(context::here(|id, _| id)))?;
    let outcome = header.within_its_loop(|| cell.execute(task, true));
    r#return(cell.base(), outcome, true)
}

/// Runs the callee of the last promise that this one depends on, if nobody has taken it.
fn lend_through(header: &Header) {
    let mut link = header.link();
    while let Some(task) = link.and_then(|link| link.last_pending()) {
        let header = task.header();
        if header.invoked {
            if let Some(task) = header.claim(Some(context::here(|id, _| id))) {
                header.within_its_loop(|| task.run_lent(Arc::clone(&task)));
            }
            return;
        }
        // A link of links.
        link = header.link();
    }
}

/// **Return**: stores the outcome and resumes the awaiters, however the body ended and whoever
/// ran it: a thread of ours, an awaiter, a resolver. See [`Base::complete`] for `for_me`.
pub(crate) fn r#return<T>(base: &Base<T>, outcome: Outcome<T>, for_me: bool) -> Option<Outcome<T>> {
    base.complete(outcome, for_me)
}

fn may_lend(header: &Header) -> bool {
    header.home.lend && !thread::panicking() && context::stack_left(2)
}

/// A short wait for a callee that is about to end, where another processor may run it.
fn spin(done: impl Fn() -> bool) -> bool {
    const ROUNDS: u32 = 100;
    if !SPIN || processors() == 1 {
        return false;
    }
    (0..ROUNDS).any(|_| {
        std::hint::spin_loop();
        done()
    })
}

/// Parks the caller until the promise is completed (true) or the deadline passes.
#[inline(never)]
fn suspend<T>(cell: &Arc<dyn Promised<T>>, deadline: Option<Instant>) -> bool {
    let base = cell.base();
    let (waiter, execution) = context::waiter();
    if !base.register(&waiter, execution, deadline.is_none()) {
        return true;
    }
    let threads = base.header.home.threads.upgrade();
    let _suspended = Suspended { waiter: &waiter, threads: threads.as_ref() };
    let queued = deadline.is_none() && base.header.mark_awaited();
    if let Some(threads) = &threads {
        // Registered before this, so that a refused call finds us too.
        if queued {
            threads.kick();
        } else {
            threads.kick_if_queued();
        }
    }
    while !base.is_completed() {
        waiter.suspend();
        if let Some(employer) = waiter.employer() {
            employer.kick_if_queued();
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return !base.deregister(&waiter);
                }
                thread::park_timeout(left);
            }
        }
        // Also while panicking, where nothing is lent: here nobody else can run it.
        if deadline.is_none() && waiter.told_to_run() {
            run_at_ceiling(cell, &waiter, threads.as_ref());
        }
    }
    true
}
/// At the thread ceiling the awaiter of a queued callee runs it, since nobody else can. Where no
/// thread of the process goes on, an awaiter of something else runs the oldest callee: what it
/// waits for may depend on it.
fn run_at_ceiling<T>(cell: &Arc<dyn Promised<T>>, waiter: &Waiter, threads: Option<&Arc<Threads>>) {
    let header = &cell.base().header;
    let enough = context::stack_left(8);
    if !enough && threads.is_none_or(|threads| !threads.refuses()) {
        // There may be a thread for it after all, but the call that was refused is over.
        if let Some(threads) = threads {
            threads.kick_if_queued();
        }
        return;
    }
    let lender = context::here(|id, _| id);
    let stranded = || threads.filter(|threads| threads.stranded())?.take();
    let Some(task) = header.claim(Some(lender)).or_else(stranded) else {
        // It came late: whoever sent it relied on this thread.
        if let Some(threads) = threads {
            threads.kick_if_queued();
        }
        return;
    };
    waiter.resume();
    // Pass it on: there may be more queued callees with a parked awaiter.
    if let Some(threads) = threads {
        threads.kick_if_queued();
    }
    if enough {
        header.within_its_loop(|| Arc::clone(&task).run(task));
    } else {
        task.refuse(FailureKind::Failed, OUT_OF_THREADS);
    }
}

const OUT_OF_THREADS: &str = "out of threads and stack: no thread can be started, and less than \
                              an eighth of the awaiter's stack is left";

/// The time in which an execution does not use its thread.
struct Suspended<'a> {
    waiter: &'a Waiter,
    /// The loop of what it waits for, which may have told it to run something.
    threads: Option<&'a Arc<Threads>>,
}

impl Drop for Suspended<'_> {
    fn drop(&mut self) {
        self.waiter.resume();
        // Woken by something else: whoever told this thread relied on it.
        if self.waiter.told_to_run()
            && let Some(threads) = self.threads
        {
            threads.kick_if_queued();
        }
    }
}
