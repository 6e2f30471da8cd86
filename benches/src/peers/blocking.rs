//! `blocking`: the thread pool of smol for blocking work, its cap raised.

use blocking::{Task, unblock};

use super::{Blocking, How, Peer};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "blocking",
    name: "blocking",
    about: "`unblock`, awaited with `pollster`; its cap is raised to 10,000 threads, the most it takes",
    how: How::Here {
        tables: &[Blocking::<Unblock>::TABLE],
        environment: &[("BLOCKING_MAX_THREADS", "10000")],
    },
};

struct Unblock;

impl Invoke for Unblock {
    type Promise = Task<u64>;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Task<u64> {
        unblock(f)
    }

    fn wait(task: Task<u64>) -> u64 {
        pollster::block_on(task)
    }

    fn forget(f: impl FnOnce() -> u64 + Send + 'static) {
        unblock(f).detach();
    }
}
