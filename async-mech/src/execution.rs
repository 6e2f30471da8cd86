//! Executions: running calls of functions, and their ids.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU64;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::cell::Task;
use crate::context;
use crate::resolver;

/// Identifies an execution, and the promise that represents it, within this process.
///
/// Never reused. Ids grow in the order of invocation on each thread, and from callers to callees.
/// Displayed as `#3`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(NonZeroU64);

/// Ids that a thread has taken for itself. To take each from the number that all threads share
/// would be one more word that goes from processor to processor.
struct Block {
    next: Cell<u64>,
    end: Cell<u64>,
    /// How many the thread has taken in all.
    taken: Cell<u64>,
}

impl Block {
    /// At the most; less at first, so that the ids of a small program have no gaps.
    const SIZE: u64 = 64;

    /// Takes more, and gives the first of them.
    #[cold]
    #[inline(never)]
    fn take(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let taken = self.taken.get();
        let size = (taken / 16).clamp(1, Block::SIZE);
        let next = NEXT.fetch_add(size, Ordering::Relaxed);
        self.end.set(next + size);
        self.taken.set(taken + size);
        next
    }
}

thread_local! {
    static BLOCK: Block = const {
        Block { next: Cell::new(0), end: Cell::new(0), taken: Cell::new(0) }
    };
}

impl Id {
    /// Of an execution without a caller.
    pub(crate) fn of_root() -> Id {
        Id::above(0)
    }

    /// Of what that execution invokes: ids grow from callers to callees.
    #[inline]
    pub(crate) fn of_callee(caller: Id) -> Id {
        Id::above(caller.as_u64())
    }

    #[inline]
    fn above(id: u64) -> Id {
        BLOCK.with(|block| {
            let mut next = block.next.get();
            // The caller may have its own from another thread; a new block is above all there are.
            if next == block.end.get() || next <= id {
                next = block.take();
            }
            block.next.set(next + 1);
            Id(NonZeroU64::new(next).expect("2^64 ids are enough"))
        })
    }

    /// The id as a number, from 1.
    #[must_use]
    #[inline]
    pub fn as_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A running call of a function, as it can know itself: the article's process.
///
/// The main thread, and any other thread that async-mech did not start, is a *root* execution,
/// which has no caller.
#[derive(Clone)]
pub struct Execution {
    id: Id,
    name: &'static str,
    caller: Option<Id>,
    /// Its cell. Weak, so that it keeps no value alive.
    task: Option<Weak<dyn Task>>,
    #[cfg(feature = "durable")]
    durable: Option<Arc<crate::durable::Owner>>,
}

impl Execution {
    /// The execution's id, the same as its promise's. This, and not a thread's id, is its
    /// identity: an awaiter may lend its thread to the execution it awaits.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The function as the call spells it; `main` or `root` for a root execution.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// The execution that invoked this one; none for a root execution.
    #[must_use]
    pub fn caller(&self) -> Option<Id> {
        self.caller
    }

    /// The id under which a durable engine knows it, the same at each run: a key to make side
    /// effects idempotent with. None if it is no durable execution. (Feature `durable`.)
    ///
    /// ```
    /// use async_mech::{current, durable, invocable, invoke};
    ///
    /// #[invocable(durable)]
    /// fn charge() -> String {
    ///     current().durable_id().expect("durable").to_owned()
    /// }
    ///
    /// #[invocable(durable)]
    /// fn order() -> [String; 2] {
    ///     [invoke!(charge()).await, invoke!(charge()).await]
    /// }
    ///
    /// # fn main() -> Result<(), durable::Error> {
    /// let engine = durable::embedded()?;
    /// assert_eq!(engine.invoke("order-7", order, ())?.wait(), ["order-7.0", "order-7.1"]);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "durable")]
    #[must_use]
    pub fn durable_id(&self) -> Option<&str> {
        self.durable.as_ref().map(|owner| owner.id())
    }

    /// Whether it has been cancelled, by somebody or with the execution that awaits it; see
    /// [`Promise::cancel`](crate::Promise::cancel). A root execution cannot be.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        // Notes what follows from the cancellation of others on this thread.
        let _ = context::cancelled();
        let task = self.task.as_ref().and_then(Weak::upgrade);
        task.is_some_and(|task| task.header().is_cancelled())
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Execution({} `{}`)", self.id, self.name)
    }
}

/// The execution that the calling code is part of.
///
/// ```
/// use async_mech::{current, invoke};
///
/// let me = current().id();
/// let caller = invoke!(|| current().caller());
/// assert_eq!(caller.wait(), Some(me));
/// ```
#[must_use]
pub fn current() -> Execution {
    let (id, name, caller, task) = context::current();
    Execution {
        id,
        name,
        caller,
        task: task.as_ref().map(Arc::downgrade),
        #[cfg(feature = "durable")]
        durable: context::durable(),
    }
}

/// Suspends the current execution for `time`. Unlike [`std::thread::sleep`] it ends, by unwinding,
/// when the execution is cancelled. It is no await in [`map_bounded`](crate::map_bounded()): an item
/// that sleeps keeps its place.
///
/// ```
/// use async_mech::{invoke, sleep};
/// use std::time::Duration;
///
/// invoke!(sleep(Duration::from_millis(1))).wait();
/// ```
#[track_caller]
pub fn sleep(time: Duration) {
    /// Longer than any machine will run.
    const CENTURY: Duration = Duration::from_secs(100 * 366 * 24 * 3_600);
    let at = Location::caller();
    let deadline = Instant::now() + time.min(CENTURY);
    let (promise, resolver) = resolver::pending::<()>(|| "sleep", at);
    promise.sleep_until(at, deadline);
    // Time is up, which is no failure.
    resolver.resolve(());
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::collections::HashSet;

    use super::Id;

    #[test]
    fn ids_of_several_threads_are_never_the_same_and_grow_on_each() {
        let take = || (0..2_000).map(|_| Id::of_root()).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(take)).collect();
        let ids = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        let ids: Vec<Vec<Id>> = ids.collect();
        assert!(ids.iter().all(|ids| ids.is_sorted()));
        let all: HashSet<Id> = ids.iter().flatten().copied().collect();
        assert_eq!(all.len(), 4 * 2_000);
    }

    #[test]
    fn a_callee_s_id_is_above_its_caller_s_from_another_thread() {
        // So many that the thread has taken a block, of which most is left.
        let block = || (0..2_000).map(|_| Id::of_root()).max();
        let mine = block().expect("some");
        let other = std::thread::spawn(block).join().expect("no panic").expect("some");
        assert!(other > mine);
        assert!(Id::of_callee(other) > other);
        assert!(Id::of_callee(mine) > other, "ids grow on each thread");
    }
}
