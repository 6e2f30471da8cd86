//! Keeps the threads of an event loop busy, so that what is invoked stays queued.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use async_mech::{EventLoop, Promise};

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
