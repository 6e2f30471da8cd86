//! Turns a test that hangs into one that fails and says what was going on.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;

use async_mech::EventLoop;

use crate::effort::patience;

/// While it lives, a thread that ends the process if it lives too long. It decides no success.
#[derive(Debug)]
pub struct Watchdog {
    /// Closed by the drop.
    _open: Sender<()>,
}

impl Watchdog {
    /// Watches the current test; its failure shows the loop's promises, awaiters and threads.
    #[must_use = "it watches until it is dropped"]
    pub fn over(event_loop: &EventLoop) -> Watchdog {
        let (open, closed) = channel();
        let event_loop = event_loop.clone();
        let name = thread::current().name().unwrap_or("a test").to_owned();
        thread::spawn(move || {
            if closed.recv_timeout(patience()) == Err(RecvTimeoutError::Timeout) {
                let state = event_loop.snapshot();
                eprintln!("{name} hangs; {} threads\n{state}", state.threads);
                std::process::abort();
            }
        });
        Watchdog { _open: open }
    }
}

/// A watchdog over the loop that invocations are made on by default.
#[must_use = "it watches until it is dropped"]
pub fn watched() -> Watchdog {
    Watchdog::over(EventLoop::global())
}
