//! `may`: stackful coroutines on a thread a processor.

use std::sync::Arc;
use std::time::Duration;

use may::coroutine::{self, JoinHandle};
use may::go;
use may::sync::{Condvar, Mutex};

use super::{Ability, Blocking, How, Peer, Table};
use crate::work::{Invoke, awaiters};

pub(super) static PEER: Peer = Peer {
    id: "may",
    name: "may",
    about: "`go!` and `join`, default stacks; the work runs in a coroutine",
    how: How::Here { tables: &[SPECIAL, Blocking::<Coroutines>::TABLE], environment: &[] },
};

const SPECIAL: Table = &[("awaiters", Ability::Does(one_promise))];

struct Coroutines;

impl Invoke for Coroutines {
    type Promise = JoinHandle<u64>;

    fn prepare(_blocked: usize) {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        may::config().set_workers(processors);
    }

    fn within<R: Send + 'static>(measure: impl FnOnce() -> R + Send + 'static) -> R {
        go!(measure).join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    }

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        go!(f)
    }

    fn wait(coroutine: JoinHandle<u64>) -> u64 {
        coroutine.join().expect("no panic")
    }

    fn yield_now() {
        coroutine::yield_now();
    }

    fn sleep(time: Duration) {
        coroutine::sleep(time);
    }
}

/// With the lock and the condition variable that suspend a coroutine and not its thread.
fn one_promise() -> Vec<f64> {
    awaiters::with::<Coroutines, _, _>(|| {
        let slot = Arc::new((Mutex::new(None), Condvar::new()));
        let resolved = Arc::clone(&slot);
        let wait = move || {
            let (value, changed) = &*slot;
            let mut value = value.lock().expect("no panic");
            while value.is_none() {
                value = changed.wait(value).expect("no panic");
            }
            value.expect("it is there")
        };
        let resolve = move |value| {
            let (slot, changed) = &*resolved;
            *slot.lock().expect("no panic") = Some(value);
            changed.notify_all();
        };
        (wait, resolve)
    })
}
