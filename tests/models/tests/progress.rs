//! Memory orderings of `cell/progress.rs`, with loom: whoever is told that a promise is completed
//! sees what its execution did, and nobody who comes to wait is overlooked.

#![cfg(loom)]
#![allow(unsafe_code, reason = "a cell of loom is looked into by a pointer")]

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Mutex};
use loom::thread;

use self::progress::Progress;

/// What the file finds at the path it names.
mod sync {
    pub(crate) use loom::sync::atomic;
}

#[path = "../../../async-mech/src/cell/progress.rs"]
#[allow(dead_code, reason = "a model needs not all of it")]
mod progress;

/// A cell: how far it is, what its execution does, and under its lock how many wait.
struct Cell {
    progress: Progress,
    done: UnsafeCell<u32>,
    waiting: Mutex<u32>,
}

impl Cell {
    fn new() -> Arc<Cell> {
        let progress = Progress::new();
        Arc::new(Cell { progress, done: UnsafeCell::new(0), waiting: Mutex::new(0) })
    }

    fn execute(&self) {
        self.done.with_mut(|done| unsafe { *done = 7 });
    }

    fn has_done(&self) -> u32 {
        self.done.with(|done| unsafe { *done })
    }

    /// As `Base::complete` does for the awaiter that has run the callee. How many it wakes.
    fn complete(&self) -> u32 {
        if self.progress.complete_unwatched() {
            return 0;
        }
        let waiting = self.waiting.lock().unwrap();
        self.progress.complete();
        *waiting
    }

    /// As `Base::register` does. Whether the promise is pending.
    fn register(&self) -> bool {
        let mut waiting = self.waiting.lock().unwrap();
        let pending = self.progress.watch();
        *waiting += u32::from(pending);
        pending
    }
}

/// One thread completes a promise, while so many others come to wait for it.
fn complete_while_others_come(others: usize) {
    loom::model(move || {
        let cell = Cell::new();
        let come = || {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let pending = cell.register();
                if !pending {
                    assert_eq!(cell.has_done(), 7, "it is completed, and what it did is seen");
                }
                u32::from(pending)
            })
        };
        let others: Vec<_> = (0..others).map(|_| come()).collect();
        cell.execute();
        let woken = cell.complete();
        let waiting: u32 = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(woken, waiting, "all who wait are woken");
    });
}

#[test]
fn who_comes_to_wait_is_woken_or_told_that_it_is_completed() {
    complete_while_others_come(1);
}

#[test]
fn of_two_who_come_to_wait_none_is_overlooked() {
    complete_while_others_come(2);
}

/// Whoever looks without the lock and finds it completed sees what it did.
fn look_while_it_completes(watched: bool) {
    loom::model(move || {
        let cell = Cell::new();
        if watched {
            assert!(cell.register());
        }
        let looker = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                if cell.progress.is_completed() {
                    assert_eq!(cell.has_done(), 7);
                }
                if cell.progress.is_over() {
                    assert_eq!(cell.has_done(), 7);
                }
            })
        };
        cell.execute();
        cell.complete();
        looker.join().unwrap();
        assert!(cell.progress.is_completed());
        assert_eq!(cell.progress.is_over(), !watched);
    });
}

#[test]
fn who_sees_that_it_is_completed_sees_what_it_did() {
    look_while_it_completes(false);
}

#[test]
fn who_sees_a_watched_one_completed_sees_what_it_did() {
    look_while_it_completes(true);
}
