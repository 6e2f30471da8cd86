//! `rayon::spawn`: its pool of a thread a processor, and a channel for each value.

use crossbeam_channel::{Receiver, bounded};

use super::{Blocking, How, Peer};
use crate::work::Invoke;

pub(super) static PEER: Peer = Peer {
    id: "rayon-spawn",
    name: "rayon::spawn",
    about: "the global pool, a thread a processor, and a channel for each value; who waits blocks a thread",
    how: How::Here { tables: &[Blocking::<Spawn>::TABLE], environment: &[] },
};

struct Spawn;

impl Invoke for Spawn {
    type Promise = Receiver<u64>;

    fn invoke(f: impl FnOnce() -> u64 + Send + 'static) -> Receiver<u64> {
        let (give, value) = bounded(1);
        rayon::spawn(move || {
            // Whoever forgets the invocation has dropped the receiver.
            let _ = give.send(f());
        });
        value
    }

    fn wait(value: Receiver<u64>) -> u64 {
        value.recv().expect("no panic")
    }

    fn forget(f: impl FnOnce() -> u64 + Send + 'static) {
        rayon::spawn(move || {
            f();
        });
    }
}
