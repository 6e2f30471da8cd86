//! `threadpool`: a pool of a fixed number of threads, and a channel for each value.

use std::sync::OnceLock;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use threadpool::ThreadPool;

use super::{Blocking, How, Peer, threads_for};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "threadpool",
    name: "threadpool",
    about: "`execute` and a channel for each value; a thread a processor, or as many as block, made before the clock starts",
    how: How::Here { tables: &[Blocking::<Pool>::TABLE], environment: &[] },
};

struct Pool;

static POOL: OnceLock<ThreadPool> = OnceLock::new();

impl Invoke for Pool {
    type Promise = Receiver<u64>;

    fn prepare(blocked: usize) {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let threads = if blocked <= 2 { processors } else { threads_for(blocked) };
        POOL.get_or_init(|| ThreadPool::new(threads));
    }

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Receiver<u64> {
        let (give, value) = bounded(1);
        POOL.wait().execute(move || {
            let _ = give.send(f());
        });
        value
    }

    fn wait(value: Receiver<u64>) -> u64 {
        value.recv().expect("no panic")
    }

    fn forget(f: impl FnOnce() -> u64 + Send + 'static) {
        POOL.wait().execute(move || {
            f();
        });
    }
}
