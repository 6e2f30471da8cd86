//! Keeps the threads of an event loop busy, so that what is invoked stays queued.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use async_mech::{EventLoop, Promise};

use crate::Watchdog;

/// Keeps that many threads of the loop busy until the second value is dropped; the promises then
/// complete.
pub fn occupy(event_loop: &EventLoop, threads: usize) -> (Vec<Promise<()>>, impl Sized + use<>) {
    let (begun, begins) = channel();
    let (end, ends) = channel::<()>();
    let ends: Arc<Mutex<Receiver<()>>> = Arc::new(Mutex::new(ends));
    let busy = (0..threads)
        .map(|_| {
            let (begun, ends) = (begun.clone(), Arc::clone(&ends));
            let p = event_loop.invoke(move || {
                begun.send(()).expect("the caller waits for it");
                let _ = ends.lock().expect("nobody panics here").recv();
            });
            begins.recv().expect("the body has begun");
            p
        })
        .collect();
    (busy, end)
}

/// Calls `f` where the loop's only thread is busy, so that what is invoked stays queued until it is
/// awaited.
pub fn with_a_busy_loop<T>(lend: bool, f: impl FnOnce() -> T) -> T {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let result = event_loop.run(f);
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    result
}
