//! Deadlocks: executions that await each other in a circle.
//!
//! A thread that is about to park without a deadline says what it awaits, then looks whether that
//! closes a circle; if so its await fails. The order makes sure that of several threads that close
//! one together, at least the last one sees it.
//!
//! Nothing is reported that may still go on. The graph (`graph.rs`) is read while it changes, so
//! what seems stuck is read twice: whatever is found in the same wait both times was in it in
//! between, and as all of these waits can only be ended by one of them, none of them can end.

mod cycle;
mod graph;

use std::sync::{Arc, Mutex, MutexGuard};

use self::graph::Graph;
pub(crate) use self::graph::goes_on;
use crate::cell::Task;
use crate::failure::Failure;
use crate::threads::waiter::Waiter;

/// Held while a circle is established and broken, so that each is broken once.
static SEARCH: Mutex<()> = Mutex::new(());

fn search() -> MutexGuard<'static, ()> {
    // A model checker's threads are no threads: none of them may block.
    #[cfg(shuttle)]
    loop {
        match SEARCH.try_lock() {
            Ok(guard) => return guard,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(std::sync::TryLockError::WouldBlock) => shuttle::thread::yield_now(),
        }
    }
    #[cfg(not(shuttle))]
    SEARCH.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// If the await of `task` that the current thread has just published closes a circle: the failure
/// it ends with. If it must not end, as the join of a scope, another await of the circle does.
pub(crate) fn closed_by(me: &Arc<Waiter>, task: &Arc<dyn Task>) -> Option<Failure> {
    if !graph::may_be_circle(me, task) {
        return None;
    }
    let _search = search();
    let (victim, turn, failure) = find(me, task)?;
    if Arc::ptr_eq(&victim, me) {
        // Others see from now on that it goes on.
        me.unpark();
        return Some(failure);
    }
    victim.end_with(turn, failure);
    None
}

/// The promise has come to depend on others than before, without anybody parking; `pending` is one
/// of them. If that closes a circle, an await in it ends. True if there is none to end, since the
/// circle is one of promises alone: then this one is to fail.
pub(crate) fn closed_by_link(promise: &Arc<dyn Task>, pending: &Arc<dyn Task>) -> bool {
    if !graph::may_close(promise, pending) {
        return false;
    }
    for waiter in graph::awaiting(promise) {
        let Some(on) = waiter.look(|parked| parked.on.clone()) else { continue };
        if graph::may_be_circle(&waiter, &on.task) {
            let _search = search();
            if let Some((victim, turn, failure)) = find(&waiter, &on.task) {
                victim.end_with(turn, failure);
            }
        }
    }
    let _search = search();
    read(promise).is_some_and(|graph| graph.links_back())
}

/// Why a promise fails that waits for itself, and nobody awaits in between.
pub(crate) const LINKED_TO_ITSELF: &str = "it was linked to itself: the promise it is to complete \
                                           as waits for it";

/// The circle that the thread's await of `task` is part of: the thread whose await is to end, in
/// which of its waits, and with what.
fn find(thread: &Arc<Waiter>, task: &Arc<dyn Task>) -> Option<(Arc<Waiter>, u64, Failure)> {
    let graph = read(task)?;
    let path = graph.path_to(thread)?;
    cycle::break_up(thread, &path)
}

/// All that the promise waits for, if it is stuck.
fn read(task: &Arc<dyn Task>) -> Option<Graph> {
    loop {
        let graph = Graph::read(task);
        if graph.goes_on() {
            return None;
        }
        if graph.is_still_the_same() {
            return Some(graph);
        }
    }
}
