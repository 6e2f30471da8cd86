//! A thread that waits for a promise, as the promise's cell and the thread ceiling know it.

use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};

use super::{Threads, place};
use crate::cell::Task;
use crate::context::{Function, grow};
use crate::failure::{Failure, Who};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, Thread};
use crate::sync::{Mutex, lock};

/// One a thread, made when the thread first waits.
pub(crate) struct Waiter {
    thread: Thread,
    /// Set by a refused call: run the callee you wait for yourself, or one that nobody waits for.
    /// It may arrive late, when the thread waits for something else, so the waiter checks that
    /// there is need.
    told: AtomicBool,
    /// Whether the thread was woken as one of those who wake the next awaiters of a completed
    /// promise. Changed under the lock of that promise's cell.
    baton: AtomicBool,
    /// Whether the thread is counted as suspended: from [`suspend`](Waiter::suspend) until it is
    /// woken, so that a thread about to go on is not taken for one that does not.
    suspended: AtomicBool,
    /// Whether the thread has given up its place, and is not counted any more.
    retired: AtomicBool,
    /// The loop whose thread it is.
    employer: Option<Arc<Threads>>,
    /// What others may know of the thread while it is parked.
    parked: Mutex<Parked>,
}

/// See [`Waiter::park_for`].
#[derive(Default)]
pub(crate) struct Parked {
    /// How often the thread has begun or ended a wait: equal numbers, same wait.
    pub(crate) turn: u64,
    /// What it waits for, without a deadline.
    pub(crate) on: Option<Awaited>,
    /// The invocations on its stack, each of which awaits what the next one runs.
    pub(crate) levels: Vec<Waiting>,
    /// Why the wait is to end although the promise is pending.
    fault: Option<Failure>,
}

/// What a parked thread waits for.
#[derive(Clone)]
pub(crate) struct Awaited {
    pub(crate) task: Arc<dyn Task>,
    /// Whether it is a scope's join, which nothing interrupts.
    pub(crate) join: bool,
    /// Grows with each wait of the process.
    pub(crate) since: u64,
}

/// An invocation that waits.
#[derive(Clone)]
pub(crate) struct Waiting {
    pub(crate) task: Weak<dyn Task>,
    pub(crate) function: Option<&'static Function>,
    pub(crate) at: Option<&'static Location<'static>>,
}

impl Waiting {
    /// As messages name it.
    pub(crate) fn who(&self) -> Option<Who> {
        let task = self.task.upgrade()?;
        let header = task.header();
        Some(self.function.map_or_else(|| header.who(), |function| function.who(header.id)))
    }
}

impl Waiter {
    pub(crate) fn current(employer: Option<Arc<Threads>>) -> Arc<Waiter> {
        Arc::new(Waiter {
            thread: thread::current(),
            told: AtomicBool::new(false),
            baton: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            employer,
            parked: Mutex::new(Parked::default()),
        })
    }

    /// Before the thread looks whether it is cancelled; for `park_for`.
    pub(crate) fn turn(&self) -> u64 {
        lock(&self.parked).turn
    }

    /// Says what the thread is about to park for. It must look afterwards whether it closes a cycle.
    /// False if somebody has told it to look again since that turn, as whoever cancels does: one that
    /// is cancelled must not seem to wait.
    pub(crate) fn park_for(&self, task: &Arc<dyn Task>, join: bool, turn: u64) -> bool {
        static SINCE: AtomicU64 = AtomicU64::new(0);
        let since = SINCE.fetch_add(1, Relaxed);
        let mut parked = lock(&self.parked);
        if parked.turn != turn {
            return false;
        }
        parked.turn += 1;
        parked.on = Some(Awaited { task: Arc::clone(task), join, since });
        parked.fault = None;
        true
    }

    /// The wait is over, or has been interrupted. Returns why, if somebody else ended it.
    pub(crate) fn unpark(&self) -> Option<Failure> {
        let mut parked = lock(&self.parked);
        parked.turn += 1;
        let (on, fault) = (parked.on.take(), parked.fault.take());
        drop(parked);
        drop(on);
        fault
    }

    /// What the thread waits for, if it is parked without a deadline.
    pub(crate) fn look<R>(&self, f: impl FnOnce(&Parked) -> R) -> R {
        f(&lock(&self.parked))
    }

    /// The levels of its stack from the `from`th are these.
    pub(crate) fn set_levels(&self, from: usize, levels: impl Iterator<Item = Waiting>) {
        let mut parked = lock(&self.parked);
        let from = from.min(parked.levels.len());
        let gone = parked.levels.split_off(from);
        for level in levels {
            grow(&mut parked.levels);
            parked.levels.push(level);
        }
        drop(parked);
        drop(gone);
    }

    /// Ends a wait that is still the same, with this failure. False if it is another one.
    pub(crate) fn end_with(&self, turn: u64, fault: Failure) -> bool {
        let mut parked = lock(&self.parked);
        let same = parked.turn == turn && parked.on.is_some();
        if same {
            parked.fault = Some(fault);
            // For the deadlock search it goes on.
            parked.turn += 1;
            let on = parked.on.take();
            drop(parked);
            drop(on);
            self.wake();
        }
        same
    }

    /// Somebody has cancelled an execution of this thread, which looks whether it is to end. Until
    /// then it counts as one that goes on.
    pub(crate) fn look_again(&self) {
        let mut parked = lock(&self.parked);
        parked.turn += 1;
        let on = parked.on.take();
        drop(parked);
        drop(on);
        self.wake();
    }

    /// The loop whose thread it is, if it is one of ours.
    pub(crate) fn employer(&self) -> Option<&Arc<Threads>> {
        self.employer.as_ref()
    }

    /// The thread's name, if it has one and is not ours.
    pub(crate) fn foreign_name(&self) -> Option<&str> {
        if self.employer.is_none() { self.thread.name() } else { None }
    }

    /// The thread is about to park, and does nothing until it is woken. The caller looks at the
    /// queues afterwards.
    pub(crate) fn suspend(&self) {
        if let Some(employer) = &self.employer
            && !self.retired.load(Ordering::Relaxed)
            && !self.suspended.load(Ordering::SeqCst)
        {
            employer.body_runs(false);
            place::suspended(employer);
            // Counted before this, since whoever wakes the thread takes it back.
            self.suspended.store(true, Ordering::SeqCst);
        }
    }

    /// By the thread itself, which goes on, and is counted no more when it is suspended.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// The thread goes on, or will as soon as it looks.
    pub(crate) fn resume(&self) {
        if let Some(employer) = &self.employer
            && self.suspended.swap(false, Ordering::SeqCst)
        {
            place::resumed(employer);
            employer.body_runs(true);
        }
    }

    /// Ends a park; the waiter looks again at what it waits for.
    pub(crate) fn wake(&self) {
        self.resume();
        self.thread.unpark();
    }

    /// The thread is about to be woken, and will wake the next.
    pub(crate) fn gets_baton(&self) {
        self.baton.store(true, Ordering::Relaxed);
    }

    /// Whether it was woken so.
    pub(crate) fn take_baton(&self) -> bool {
        self.baton.swap(false, Ordering::Relaxed)
    }

    /// Tells the thread to run the callee of the promise it waits for, or one that nobody waits
    /// for (the thread ceiling).
    pub(crate) fn tell_to_run(&self) {
        self.told.store(true, Ordering::Release);
        self.thread.unpark();
    }

    /// Whether the thread has been told so since it last asked.
    pub(crate) fn told_to_run(&self) -> bool {
        self.told.swap(false, Ordering::AcqRel)
    }
}
