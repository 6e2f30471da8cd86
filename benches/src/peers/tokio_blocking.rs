//! tokio's `spawn_blocking`: ordinary functions on its pool of blocking threads, the cap raised.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::{Ability, Blocking, How, Peer, Table, memory, threads_for};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "tokio-blocking",
    name: "tokio spawn_blocking",
    about: "a multi-threaded runtime; its cap of blocking threads is raised to as many as block",
    how: How::Here { tables: &[SPECIAL, Blocking::<SpawnBlocking>::TABLE], environment: &[] },
};

const SPECIAL: Table = &[("memory", Ability::Does(memory::tokio_blocking))];

struct SpawnBlocking;

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

impl Invoke for SpawnBlocking {
    type Promise = JoinHandle<u64>;

    fn prepare(blocked: usize) {
        RUNTIME.get_or_init(|| {
            // tokio's own cap is 512.
            let most = threads_for(blocked).max(512);
            Builder::new_multi_thread().max_blocking_threads(most).build().expect("a runtime")
        });
    }

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        RUNTIME.wait().spawn_blocking(f)
    }

    fn wait(task: JoinHandle<u64>) -> u64 {
        RUNTIME.wait().handle().block_on(task).expect("no panic")
    }
}
