//! The cache of idle threads: the last to park is the first to be called, the first retires.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, Thread};
use crate::sync::{Mutex, lock};

/// Parked threads of one event loop.
#[derive(Debug, Default)]
pub(super) struct Idle {
    parked: Mutex<VecDeque<Arc<Parked>>>,
}

/// One thread of ours, as the idle cache knows it.
#[derive(Debug)]
pub(super) struct Parked {
    thread: Thread,
    /// Set by whoever popped this thread from the cache, who also counted it as searching.
    called: AtomicBool,
}

impl Parked {
    pub(super) fn current() -> Arc<Parked> {
        Arc::new(Parked { thread: thread::current(), called: AtomicBool::new(false) })
    }
}

impl Idle {
    pub(super) fn push(&self, me: &Arc<Parked>) {
        lock(&self.parked).push_back(Arc::clone(me));
    }

    /// Takes `me` out again. False if somebody has popped it: the call is then on its way.
    pub(super) fn withdraw(&self, me: &Arc<Parked>) -> bool {
        let mut parked = lock(&self.parked);
        // A thread withdraws right after it parked (the end) or as the oldest to retire (the start).
        let found = match parked.back() {
            Some(last) if Arc::ptr_eq(last, me) => Some(parked.len() - 1),
            _ => parked.iter().position(|other| Arc::ptr_eq(other, me)),
        };
        found.and_then(|at| parked.remove(at)).is_some()
    }

    /// Calls the thread that parked last. False if there is none.
    pub(super) fn call(&self) -> bool {
        let Some(parked) = lock(&self.parked).pop_back() else { return false };
        parked.called.store(true, Ordering::Release);
        parked.thread.unpark();
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.parked).is_empty()
    }

    /// Wakes every parked thread without calling it, so that it looks whether to retire.
    pub(super) fn nudge_all(&self) {
        for parked in lock(&self.parked).iter() {
            parked.thread.unpark();
        }
    }

    /// Parks until called, and says for how long. `None` after `keep_alive` without a call, or when
    /// `retire` says so: the thread is then out of the cache.
    pub(super) fn park(
        &self,
        me: &Arc<Parked>,
        keep_alive: Duration,
        retire: impl Fn() -> bool,
    ) -> Option<Duration> {
        let began = std::time::Instant::now();
        loop {
            if me.called.swap(false, Ordering::Acquire) {
                return Some(began.elapsed());
            }
            // Not a deadline: there is none for a thread that is kept for ever.
            let left = keep_alive.saturating_sub(began.elapsed());
            if (left.is_zero() || retire()) && self.withdraw(me) {
                return None;
            }
            // Popped but not called yet: the unpark is on its way.
            thread::park_timeout(if left.is_zero() { keep_alive } else { left });
        }
    }
}
