//! The places of a bounded map: at most so many of its executions run at a time.
//!
//! An item's execution takes a place before its body begins, leaves it while it awaits, and gives
//! it back when it ends. A place that becomes free is handed over: to an execution that wants to
//! go on, else to one that wants to begin. Whoever waits here holds no place, and whoever holds one
//! runs, so every wait ends when a body does, or awaits.

use std::sync::Arc;

use crate::context::Place;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, lock};

pub(super) struct Places {
    /// How many executions may run at a time.
    n: usize,
    inner: Mutex<Inner>,
    go_on: Condvar,
    begin: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Executions that run, and places handed over that their new holders have not come for yet.
    taken: usize,
    /// Those that have awaited.
    to_go_on: Queue,
    /// Those that are new.
    to_begin: Queue,
}

/// Executions that wait for a place.
#[derive(Default)]
struct Queue {
    waiting: usize,
    /// Places handed to them. Any of them may take any.
    handed: usize,
}

impl Queue {
    /// Hands a place over if anybody waits who has none.
    fn hand(&mut self) -> bool {
        let wanted = self.waiting > self.handed;
        self.handed += usize::from(wanted);
        wanted
    }
}

impl Places {
    pub(super) fn new(n: usize) -> Places {
        let (go_on, begin) = (Condvar::new(), Condvar::new());
        Places { n, inner: Mutex::default(), go_on, begin }
    }

    fn take(&self, queue: impl Fn(&mut Inner) -> &mut Queue, freed: &Condvar) {
        let mut inner = lock(&self.inner);
        if inner.taken < self.n {
            inner.taken += 1;
            return;
        }
        queue(&mut inner).waiting += 1;
        while queue(&mut inner).handed == 0 {
            inner = freed.wait(inner).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        let queue = queue(&mut inner);
        queue.waiting -= 1;
        queue.handed -= 1;
    }

    fn give_back(&self) {
        let mut inner = lock(&self.inner);
        if inner.to_go_on.hand() {
            self.go_on.notify_one();
        } else if inner.to_begin.hand() {
            self.begin.notify_one();
        } else {
            inner.taken -= 1;
        }
    }
}

/// Hears when executions await.
pub(super) trait Watch: Send + Sync {
    fn places(&self) -> &Places;
    /// One has left its place.
    fn left(&self);
    /// One wants to go on.
    fn returns(&self);
}

/// The place of one execution. It has it from `take` on, until the guard is dropped.
pub(super) struct Seat {
    of: Arc<dyn Watch>,
    /// Awaits under way. One inside another is a destructor's, which runs on the thread that the
    /// outer one has lent.
    awaits: AtomicUsize,
    /// What the execution does after its body (the guards of `inherit`) takes no place.
    ended: AtomicBool,
}

impl Seat {
    /// Waits for a place.
    pub(super) fn take(of: Arc<dyn Watch>) -> (Arc<Seat>, impl Sized) {
        /// Gives the place back when the body has ended, however it did.
        struct Seated(Arc<Seat>);
        impl Drop for Seated {
            fn drop(&mut self) {
                self.0.ended.store(true, Ordering::Relaxed);
                self.0.of.places().give_back();
            }
        }
        let places = of.places();
        places.take(|inner| &mut inner.to_begin, &places.begin);
        let (awaits, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
        let seat = Arc::new(Seat { of, awaits, ended });
        (Arc::clone(&seat), Seated(seat))
    }
}

/// Only the thread that runs the execution calls these.
impl Place for Seat {
    fn leave(&self) {
        if !self.ended.load(Ordering::Relaxed) && self.awaits.fetch_add(1, Ordering::Relaxed) == 0 {
            self.of.places().give_back();
            self.of.left();
        }
    }

    fn come_back(&self) {
        if !self.ended.load(Ordering::Relaxed) && self.awaits.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.of.returns();
            let places = self.of.places();
            places.take(|inner| &mut inner.to_go_on, &places.go_on);
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn each_of_those_who_wait_is_handed_one_place() {
        let mut queue = Queue { waiting: 2, handed: 0 };
        assert_eq!([(); 3].map(|()| queue.hand()), [true, true, false]);
    }

    #[test]
    fn an_execution_that_goes_on_comes_before_one_that_begins() {
        let places = Arc::new(Places::new(1));
        places.take(|inner| &mut inner.to_begin, &places.begin);
        let (log, logged) = channel();
        let begins = thread::spawn({
            let (places, log) = (Arc::clone(&places), log.clone());
            move || {
                places.take(|inner| &mut inner.to_begin, &places.begin);
                log.send("begins").unwrap();
                places.give_back();
            }
        });
        while lock(&places.inner).to_begin.waiting == 0 {
            thread::yield_now();
        }
        let goes_on = thread::spawn({
            let places = Arc::clone(&places);
            move || {
                places.take(|inner| &mut inner.to_go_on, &places.go_on);
                log.send("goes on").unwrap();
                places.give_back();
            }
        });
        while lock(&places.inner).to_go_on.waiting == 0 {
            thread::yield_now();
        }
        places.give_back();
        assert_eq!(logged.iter().collect::<Vec<_>>(), ["goes on", "begins"]);
        begins.join().unwrap();
        goes_on.join().unwrap();
        assert_eq!(lock(&places.inner).taken, 0);
    }
}
