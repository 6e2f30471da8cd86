//! Shutting a loop down: refuse, cancel what is queued, wait for what runs.

use std::sync::Arc;
use std::time::Instant;

use crate::cell::Task;
use crate::context;
use crate::event_loop::SHUT_DOWN;
use crate::failure::FailureKind;
use crate::sync::thread;
use crate::threads::Threads;

/// Returns how many invocations still run at the deadline; without one, waits for all.
///
/// Closing a shard and queueing in it exclude each other, so every invocation is either refused,
/// cancelled here, or runs and is waited for; but the second half of a root execution's join, which may
/// be taken later, and whose caller waits for it. The caller waits as an awaiter of each, so
/// completion pays nothing for it.
pub(crate) fn shut_down(threads: &Threads, deadline: Option<Instant>) -> usize {
    for shard in threads.shards() {
        for task in shard.close() {
            // Whoever shuts down knows.
            task.ignore_failure();
            task.refuse(FailureKind::Cancelled, SHUT_DOWN);
        }
    }
    threads.close();
    let (waiter, me) = context::waiter();
    let mut running: Vec<Arc<dyn Task>> = Vec::new();
    for live in threads.shards().iter().flat_map(|shard| shard.live()) {
        let header = live.task.header();
        // Whoever shuts down its own loop does not wait for itself.
        if header.invoked() && header.id != me && live.task.register(&waiter, me) {
            running.push(live.task);
        }
    }
    loop {
        running.retain(|task| !task.is_completed());
        let now = Instant::now();
        if running.is_empty() || deadline.is_some_and(|deadline| deadline <= now) {
            break;
        }
        match deadline {
            Some(deadline) => thread::park_timeout(deadline - now),
            None => thread::park(),
        }
    }
    for task in &running {
        task.deregister(&waiter);
    }
    running.len()
}
