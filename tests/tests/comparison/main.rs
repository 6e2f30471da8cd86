//! The README's comparison with `std::thread`, rayon and tokio: a module is a row of the table, and
//! a test in it shows a cell. No test is decided by time: the waits that time out wait for what
//! only the test itself can bring about, later.

mod ending;
mod starting;
mod together;

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tests::watched;
use tokio::runtime::{self, Runtime};

type Job = Box<dyn FnOnce() + Send>;

/// Short, for waits that nothing will end before.
const SOON: Duration = Duration::from_millis(1);

/// A function that ends as it should not.
fn dies() -> u32 {
    resume_unwind(Box::new("oops"))
}

/// A rayon pool.
fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// A tokio runtime whose tasks run on the caller's thread, in `block_on`.
fn here() -> Runtime {
    runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// A tokio runtime with two workers, and two threads for blocking calls.
fn two_workers() -> Runtime {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.worker_threads(2).max_blocking_threads(2).build().expect("threads")
}

/// A function that says that it has begun, waits until it is told a number, and returns it.
fn gated() -> (impl FnOnce() -> u32 + Send + 'static, Sender<u32>, Receiver<()>) {
    let ((go, goes), (begun, begins)) = (channel(), channel());
    let body = move || {
        begun.send(()).expect("the test waits for it");
        goes.recv().expect("the test says so")
    };
    (body, go, begins)
}
