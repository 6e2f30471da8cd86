//! Ends the process if a program hangs, and prints it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::program::Program;
use async_mech::EventLoop;

/// Long enough that no machine is merely slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Watches one program after the other. It decides no success.
pub(crate) struct Watchdog(Arc<Mutex<Option<Watched>>>);

struct Watched {
    since: Instant,
    program: Program,
    loops: Vec<EventLoop>,
}

fn lock(watched: &Mutex<Option<Watched>>) -> MutexGuard<'_, Option<Watched>> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watchdog {
    pub(crate) fn new() -> Watchdog {
        let watched = Arc::new(Mutex::new(None));
        let theirs = Arc::downgrade(&watched);
        thread::spawn(move || {
            while let Some(watched) = theirs.upgrade() {
                if let Some(hung) = &*lock(&watched)
                    && hung.since.elapsed() > PATIENCE
                {
                    eprintln!("a program hangs: {:#?}", hung.program);
                    for event_loop in &hung.loops {
                        let state = event_loop.snapshot();
                        eprintln!("{} threads\n{state}", state.threads);
                    }
                    std::process::abort();
                }
                drop(watched);
                thread::sleep(Duration::from_secs(1));
            }
        });
        Watchdog(watched)
    }

    /// Watches a program until this is dropped.
    pub(crate) fn over(&self, program: &Program, loops: &[EventLoop]) -> impl Sized + use<> {
        struct Over(Arc<Mutex<Option<Watched>>>);
        impl Drop for Over {
            fn drop(&mut self) {
                let watched = lock(&self.0).take();
                drop(watched);
            }
        }
        let (since, program, loops) = (Instant::now(), program.clone(), loops.to_vec());
        *lock(&self.0) = Some(Watched { since, program, loops });
        Over(Arc::clone(&self.0))
    }
}
