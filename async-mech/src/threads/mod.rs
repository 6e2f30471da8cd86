//! The threads of an event loop: calling, keeping and refusing them. See `searchers` for the
//! invariant and `worker` for what a called thread does.

mod idle;
mod limits;
mod pace;
pub(crate) mod place;
mod proc;
pub(crate) mod searchers;
pub(crate) mod shard;
pub(crate) mod shared;
mod slab;
pub(crate) mod stack;
pub(crate) mod waiter;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use self::idle::Idle;
use self::pace::Patience;
use self::place::Place;
use self::searchers::Searchers;
use self::shard::Shard;
use self::shared::SharedShard;
use crate::cell::{Runs, Task};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::thread;

/// What a loop was built with.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) name: String,
    pub(crate) stack_size: usize,
    /// `usize::MAX` if only the process's ceiling holds.
    pub(crate) max_threads: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) lend_threads: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            name: "async-mech".to_owned(),
            stack_size: 2 << 20,
            max_threads: usize::MAX,
            keep_alive: Duration::from_secs(10),
            lend_threads: true,
        }
    }
}

/// The queues and threads of one event loop.
pub(crate) struct Threads {
    pub(crate) config: Config,
    /// Which loop this is: equal numbers, same loop.
    pub(crate) number: u64,
    shards: Box<[SharedShard]>,
    pub(crate) searchers: Searchers,
    idle: Idle,
    /// Threads inside a body and not parked in an await: a hint.
    running: AtomicUsize,
    patience: Patience,
    /// Threads of this loop.
    live: AtomicUsize,
    /// Those of them that are suspended in an await.
    suspended: AtomicUsize,
    /// Threads started so far, for names and home shards.
    started: AtomicUsize,
    /// Set when no handle to the loop is left, or at shutdown: idle threads end.
    closing: AtomicBool,
}

#[cfg(feature = "trace")]
impl Drop for Threads {
    fn drop(&mut self) {
        observed!(crate::trace::ended(self.number));
    }
}

/// Shards at least. Threads that run at the same time should seldom share one, and there may be many
/// more of them than processors, which take turns.
const LEAST_SHARDS: usize = 8;
/// And at the most: a searcher looks at each.
const MOST_SHARDS: usize = 32;

/// Searchers at most, once two bodies run. More than there are processors would only take turns, and
/// the queues' locks from those who invoke.
fn most_searchers() -> usize {
    processors().clamp(2, 8)
}

impl Threads {
    /// Those of the global loop are never dropped.
    pub(crate) fn new(config: Config, is_global: bool) -> Arc<Threads> {
        static LOOPS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = LOOPS.fetch_add(1, Ordering::Relaxed);
        let shards = processors().clamp(LEAST_SHARDS, MOST_SHARDS);
        Arc::new_cyclic(|threads| Threads {
            shards: (0..shards)
                .map(|_| Shard::new(threads.clone(), number, config.lend_threads, is_global))
                .map(SharedShard::new)
                .collect(),
            config,
            number,
            searchers: Searchers::new(),
            idle: Idle::default(),
            running: AtomicUsize::new(0),
            patience: Patience::new(),
            live: AtomicUsize::new(0),
            suspended: AtomicUsize::new(0),
            started: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        })
    }

    /// A home for the `n`th thread.
    pub(crate) fn home(&self, n: usize) -> &SharedShard {
        &self.shards[n % self.shards.len()]
    }

    pub(crate) fn shards(&self) -> &[SharedShard] {
        &self.shards
    }

    /// Whether any callee waits to be taken.
    pub(crate) fn any_queued(&self) -> bool {
        self.shards.iter().any(|shard| shard.oldest() != 0)
    }

    /// Sees to it that a callee just queued is taken: calls a thread unless enough are on their
    /// way. One is enough while fewer than two bodies run, so that a lone caller that invokes and
    /// awaits is not raced; later a wake fans out.
    #[inline]
    pub(crate) fn kick(self: &Arc<Self>) {
        if self.wants_searcher() {
            self.call();
        }
    }

    /// The same, for a thread that has changed who is on the way rather than queued something.
    pub(crate) fn kick_if_queued(self: &Arc<Self>) {
        if self.any_queued() {
            self.kick();
        }
    }

    #[inline]
    fn wants_searcher(&self) -> bool {
        let searching = self.searchers.after_publishing();
        if searching == 0 {
            return true;
        }
        let few = self.running.load(Ordering::Relaxed) < 2;
        let limit = if few { 1 } else { most_searchers() };
        searching < limit && self.queued() > searching as u64
    }

    #[inline]
    fn queued(&self) -> u64 {
        self.shards.iter().map(|shard| shard.queued()).sum()
    }

    /// Calls an idle thread, else starts one. Refused at a ceiling, it goes on, in this order: to
    /// somebody parked for a queued callee, who then runs it; to whoever runs a body, who looks at
    /// the queue when it ends or suspends; to a thread beyond the loop's own ceiling; to somebody
    /// parked for something else.
    fn call(self: &Arc<Self>) {
        loop {
            if self.call_thread(place::reserve) {
                return;
            }
            // Whoever queued something meanwhile may have relied on the thread that we did not
            // get, and so may a thread that ended; and one may have parked since we looked.
            if !self.any_queued() {
                return;
            }
            if !self.idle.is_empty() || !place::full(self) {
                continue;
            }
            if self.tell_an_awaiter() || !place::all_suspended(self) {
                return;
            }
            if self.call_thread(place::reserve_beyond) {
                return;
            }
            if place::process_suspended() {
                self.tell_any_awaiter();
                return;
            }
            if place::process_full() {
                // Another loop's thread has the place, and calls again when it ends.
                return;
            }
            // Something has changed: while this thread counted as searching, others relied on it.
        }
    }

    fn call_thread(self: &Arc<Self>, reserve: impl Fn(&Arc<Self>) -> bool) -> bool {
        self.searchers.start();
        let called = self.idle.call() || self.spawn(reserve);
        if !called {
            self.searchers.stop();
        }
        called
    }

    /// At the ceiling: wakes an execution that is parked for a queued callee, which then runs it.
    fn tell_an_awaiter(&self) -> bool {
        let first = self.shards.iter().find_map(|shard| shard.first_awaited());
        let tell = |task: Arc<dyn Task>| task.tell_awaiter_to_run(Runs::Callee);
        // Whoever was parked for it may have been cancelled since; then any other.
        first.is_some_and(|task| {
            tell(task) || self.shards.iter().flat_map(|shard| shard.awaited()).any(tell)
        })
    }

    /// Where no thread of the process goes on nor can be started: wakes an execution that is
    /// parked for anything, which then runs the oldest callee.
    fn tell_any_awaiter(&self) {
        let mut live = self.shards.iter().flat_map(|shard| shard.live());
        live.any(|live| live.task.tell_awaiter_to_run(Runs::AtLast));
    }

    /// Whether only an awaiter of something else can run what is queued.
    pub(crate) fn stranded(&self) -> bool {
        self.refuses() && place::process_suspended() && self.any_queued()
    }

    /// Starts a searching thread. False if the ceiling or the system refuses.
    fn spawn(self: &Arc<Self>, reserve: impl Fn(&Arc<Self>) -> bool) -> bool {
        if !reserve(self) {
            return false;
        }
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let threads = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name(self.thread_name(number))
            .stack_size(self.config.stack_size)
            .spawn(move || worker::work(Place::reserved(threads), number));
        if spawned.is_err() {
            place::refused(self);
        }
        spawned.is_ok()
    }

    fn thread_name(&self, number: usize) -> String {
        format!("{}-{}", self.config.name, number + 1)
    }

    /// A body of ours starts or stops using its thread (an await parks it).
    pub(crate) fn body_runs(&self, runs: bool) {
        if runs {
            self.running.fetch_add(1, Ordering::Relaxed);
        } else {
            self.running.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Whether an awaiter at the ceiling has nobody but itself to rely on: no thread is on its
    /// way, none is idle, none can be started.
    pub(crate) fn refuses(&self) -> bool {
        self.searchers.after_publishing() == 0 && self.idle.is_empty() && place::full(self)
    }

    /// No handle is left, or the loop was shut down: idle threads end at once.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.idle.nudge_all();
    }

    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }
}

/// How many processors this process may use.
pub(crate) fn processors() -> usize {
    static PROCESSORS: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}
