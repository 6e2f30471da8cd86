//! `rusty_pool`: a pool that starts further threads while its own are busy.

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rusty_pool::{JoinHandle, ThreadPool};

use super::{Blocking, How, Peer, threads_for};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "rusty-pool",
    name: "rusty_pool",
    about: "`evaluate` and `await_complete`; a core thread a processor, and room for as many more as block",
    how: How::Here { tables: &[Blocking::<Pool>::TABLE], environment: &[] },
};

struct Pool;

static POOL: OnceLock<ThreadPool> = OnceLock::new();

impl Invoke for Pool {
    type Promise = JoinHandle<u64>;

    fn prepare(blocked: usize) {
        let core = thread::available_parallelism().map_or(2, usize::from);
        let most = if blocked <= 2 { core } else { threads_for(blocked) };
        POOL.get_or_init(|| ThreadPool::new(core, most, Duration::from_secs(60)));
    }

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        POOL.wait().evaluate(f)
    }

    fn wait(handle: JoinHandle<u64>) -> u64 {
        handle.await_complete()
    }

    fn forget(f: impl FnOnce() -> u64 + Send + 'static) {
        POOL.wait().execute(move || {
            f();
        });
    }
}
