//! `std::thread`: a thread an invocation.

use std::thread::{self, JoinHandle};

use super::{Ability, Blocking, How, Peer, Table, deadlock, memory};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "std",
    name: "std::thread",
    about: "`thread::spawn` and `join`, default stacks",
    how: How::Here { tables: &[SPECIAL, Blocking::<Threads>::TABLE], environment: &[] },
};

const SPECIAL: Table = &[
    ("memory", Ability::Does(memory::threads)),
    ("parked-far", Ability::Does(deadlock::threads_far)),
    ("parked-near", Ability::Does(deadlock::threads_near)),
];

struct Threads;

impl Invoke for Threads {
    type Promise = JoinHandle<u64>;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> JoinHandle<u64> {
        thread::spawn(f)
    }

    fn wait(thread: JoinHandle<u64>) -> u64 {
        thread.join().expect("no panic")
    }
}
