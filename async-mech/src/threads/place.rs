//! A thread's place below the ceilings: the loop's own, the process's, and what the system refused.
//!
//! The counts decide only whether to try another thread, and each is exact (a compare-and-swap,
//! no transient excess), since a thread refused for nothing would leave its callee queued with
//! nobody on the way.

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use super::{Threads, limits};

/// Threads of all loops of this process.
static PROCESS: AtomicUsize = AtomicUsize::new(0);
/// Those of them that are suspended in an await.
static SUSPENDED: AtomicUsize = AtomicUsize::new(0);
/// The last spawn that the system refused: when, and how many threads we had besides.
static REFUSED: Mutex<Option<(Instant, usize)>> = Mutex::new(None);
/// Loops refused a thread by the process's ceiling or the system: any thread that ends calls
/// again for them.
static STARVED: Mutex<Vec<Weak<Threads>>> = Mutex::new(Vec::new());
/// How long to believe that the system refuses.
const REFUSAL: Duration = Duration::from_millis(10);

/// A place held by a running thread, given back when dropped.
pub(crate) struct Place {
    threads: Arc<Threads>,
}

impl Place {
    /// Takes over what [`reserve`] counted.
    pub(crate) fn reserved(threads: Arc<Threads>) -> Place {
        Place { threads }
    }

    pub(crate) fn threads(&self) -> &Arc<Threads> {
        &self.threads
    }
}

impl Drop for Place {
    /// Calls again for what was refused while this place was taken.
    fn drop(&mut self) {
        uncount(&self.threads);
        self.threads.kick_if_queued();
        let starved = std::mem::take(&mut *starved());
        for threads in starved.iter().filter_map(Weak::upgrade) {
            threads.kick_if_queued();
        }
    }
}

/// Counts one more thread. False if a ceiling forbids it.
pub(crate) fn reserve(threads: &Arc<Threads>) -> bool {
    reserve_below(threads, threads.config.max_threads)
}

/// The same, but where all threads of the loop are suspended, its own ceiling does not count: what
/// they wait for may depend on a callee that nobody awaits.
pub(super) fn reserve_beyond(threads: &Arc<Threads>) -> bool {
    let suspended = threads.suspended.load(Ordering::SeqCst);
    reserve_below(threads, threads.config.max_threads.max(suspended + 1))
}

fn reserve_below(threads: &Arc<Threads>, most: usize) -> bool {
    loop {
        if threads.live.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more(most)).is_err() {
            return false;
        }
        if !recently_refused() && count_in_process() {
            return true;
        }
        threads.live.fetch_sub(1, Ordering::SeqCst);
        starve(threads);
        // A place that came free before the loop was among the starved has called nobody.
        if process_full() {
            return false;
        }
    }
}

/// The system refused the thread that was reserved: the place is free again, and for a short
/// while nobody asks.
pub(crate) fn refused(threads: &Arc<Threads>) {
    uncount(threads);
    *last_refusal() = Some((Instant::now(), PROCESS.load(Ordering::Relaxed)));
    starve(threads);
}

/// Whether a thread would be refused now.
pub(crate) fn full(threads: &Threads) -> bool {
    threads.live.load(Ordering::SeqCst) >= threads.config.max_threads || process_full()
}

/// Whether the loop has more threads than its own ceiling: idle ones end.
pub(super) fn beyond(threads: &Threads) -> bool {
    threads.live.load(Ordering::Relaxed) > threads.config.max_threads
}

/// Whether all threads of the loop are suspended. One that is not looks at the queue when it ends
/// or suspends.
pub(super) fn all_suspended(threads: &Threads) -> bool {
    threads.live.load(Ordering::SeqCst) <= threads.suspended.load(Ordering::SeqCst)
}

/// Whether no thread of any loop goes on, nor can be started.
pub(super) fn process_suspended() -> bool {
    process_full() && PROCESS.load(Ordering::SeqCst) <= SUSPENDED.load(Ordering::SeqCst)
}

/// One more thread of the loop is suspended. The caller looks at the queues afterwards: whoever
/// has queued something there looks at the counts after a fence (`searchers`).
pub(super) fn suspended(threads: &Threads) {
    SUSPENDED.fetch_add(1, Ordering::SeqCst);
    threads.suspended.fetch_add(1, Ordering::SeqCst);
    fence(Ordering::SeqCst);
}

/// One thread of the loop goes on.
pub(super) fn resumed(threads: &Threads) {
    threads.suspended.fetch_sub(1, Ordering::SeqCst);
    SUSPENDED.fetch_sub(1, Ordering::SeqCst);
}

/// Whether no loop may start a thread now.
pub(super) fn process_full() -> bool {
    PROCESS.load(Ordering::SeqCst) >= limits::ceiling() || recently_refused()
}

fn count_in_process() -> bool {
    let more = one_more(limits::ceiling());
    PROCESS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
}

fn one_more(most: usize) -> impl Fn(usize) -> Option<usize> {
    move |count| (count < most).then_some(count + 1)
}

fn uncount(threads: &Threads) {
    threads.live.fetch_sub(1, Ordering::SeqCst);
    PROCESS.fetch_sub(1, Ordering::SeqCst);
    // Before a look at the queues: whoever has queued something there looks at the counts after
    // such a fence (`searchers`).
    fence(Ordering::SeqCst);
}

fn recently_refused() -> bool {
    let refusal = *last_refusal();
    refusal.is_some_and(|(when, threads)| {
        PROCESS.load(Ordering::Relaxed) >= threads && when.elapsed() < REFUSAL
    })
}

fn starve(threads: &Arc<Threads>) {
    let mut starved = starved();
    starved.retain(|other| other.strong_count() > 0);
    if !starved.iter().any(|other| std::ptr::eq(other.as_ptr(), Arc::as_ptr(threads))) {
        starved.push(Arc::downgrade(threads));
    }
}

fn starved() -> MutexGuard<'static, Vec<Weak<Threads>>> {
    STARVED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn last_refusal() -> MutexGuard<'static, Option<(Instant, usize)>> {
    REFUSED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
