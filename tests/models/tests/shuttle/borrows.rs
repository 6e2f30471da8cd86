//! What models share whose executions borrow from the stack.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::EventLoop;
use shuttle::thread;

/// With and without lending, and at a ceiling of one thread.
pub(crate) fn explore(model: fn()) {
    let model = move |event_loop: &EventLoop| {
        model();
        assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
    };
    models::explore(2_000, 300, move || models::in_loops(model));
}

/// What borrows may take a while.
pub(crate) struct Counts<'a>(pub(crate) &'a AtomicUsize);

impl Drop for Counts<'_> {
    fn drop(&mut self) {
        thread::yield_now();
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
