//! The books: how many bodies of each kind of load were invoked, and how each of them ended.
//!
//! Independent of what async-mech says: an entry goes into the callee, and notes how the body
//! ended, or that it never ran.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_mech::{Failure, FailureKind, Promise, invoke};

/// What one kind of load has invoked.
#[derive(Debug, Default)]
pub struct Account {
    invoked: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
}

/// The figures of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Bodies for which there was an entry.
    pub invoked: u64,
    /// Those that returned.
    pub completed: u64,
    /// Those that unwound since something failed.
    pub failed: u64,
    /// Those that unwound since they, or what they awaited, had been cancelled; and those that
    /// never ran.
    pub cancelled: u64,
}

impl Balance {
    /// Whether each that was invoked has ended, once.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.invoked == self.completed + self.failed + self.cancelled
    }

    /// What was added since.
    #[must_use]
    pub fn since(&self, before: &Balance) -> Balance {
        Balance {
            invoked: self.invoked - before.invoked,
            completed: self.completed - before.completed,
            failed: self.failed - before.failed,
            cancelled: self.cancelled - before.cancelled,
        }
    }
}

impl std::iter::Sum for Balance {
    fn sum<I: Iterator<Item = Balance>>(balances: I) -> Balance {
        balances.fold(Balance::default(), |all, one| Balance {
            invoked: all.invoked + one.invoked,
            completed: all.completed + one.completed,
            failed: all.failed + one.failed,
            cancelled: all.cancelled + one.cancelled,
        })
    }
}

impl Account {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Account {
        Account {
            invoked: AtomicU64::new(0),
            completed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
        }
    }

    /// Notes that a body is about to be invoked.
    pub fn entry(&'static self) -> Entry {
        self.invoked.fetch_add(1, Relaxed);
        Entry(Some(self))
    }

    /// Invokes `f` on the current event loop, with an entry.
    #[track_caller]
    pub fn invoke<T, F>(&'static self, f: F) -> Promise<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let entry = self.entry();
        invoke!(move || entry.run(f))
    }

    /// Its figures. They are no instant while something runs.
    #[must_use]
    pub fn balance(&self) -> Balance {
        // What ended first, so that a body that ends meanwhile has been invoked before.
        let completed = self.completed.load(Relaxed);
        let failed = self.failed.load(Relaxed);
        let cancelled = self.cancelled.load(Relaxed);
        Balance { invoked: self.invoked.load(Relaxed), completed, failed, cancelled }
    }
}

/// Belongs to one body. Dropped before that body ran, it says that it was cancelled.
#[derive(Debug)]
#[must_use = "dropped, it says that its body never ran"]
pub struct Entry(Option<&'static Account>);

impl Entry {
    /// Runs the body, and notes how it ended.
    pub fn run<T>(mut self, body: impl FnOnce() -> T) -> T {
        let account = self.0.take().expect("an entry is used once");
        match catch_unwind(AssertUnwindSafe(body)) {
            Ok(value) => {
                account.completed.fetch_add(1, Relaxed);
                value
            }
            Err(payload) => {
                let kind = payload.downcast_ref::<Failure>().map(Failure::kind);
                let is_cancelled = kind == Some(FailureKind::Cancelled);
                let noted = if is_cancelled { &account.cancelled } else { &account.failed };
                noted.fetch_add(1, Relaxed);
                resume_unwind(payload)
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(account) = self.0.take() {
            account.cancelled.fetch_add(1, Relaxed);
        }
    }
}
