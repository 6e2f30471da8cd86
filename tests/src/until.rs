//! Waits until the runtime is in the state that a test needs, by looking again and again.

use std::thread;

use async_mech::{EventLoop, Id, Promise};

/// Waits until somebody awaits the promise with that id.
pub fn until_awaited(event_loop: &EventLoop, id: Id) {
    until_awaited_by(event_loop, id, 1);
}

/// Waits until that many await the promise with that id.
pub fn until_awaited_by(event_loop: &EventLoop, id: Id, awaiters: usize) {
    while event_loop.snapshot().awaiters.get(&id).is_none_or(|by| by.len() < awaiters) {
        thread::yield_now();
    }
}

/// Waits until the execution with that id awaits something, whatever that is.
pub fn until_awaits(event_loop: &EventLoop, id: Id) {
    while !event_loop.snapshot().awaiters.values().any(|by| by.contains(&id)) {
        thread::yield_now();
    }
}

/// Waits until the promise is completed, without awaiting it.
pub fn until_completed<T>(p: &Promise<T>) {
    while !p.is_completed() {
        thread::yield_now();
    }
}

/// Waits until nothing is left of what was invoked: a promise's end may come after its awaiter has
/// gone on.
pub fn until_no_promises(event_loop: &EventLoop) {
    while !event_loop.snapshot().promises.is_empty() {
        thread::yield_now();
    }
}
