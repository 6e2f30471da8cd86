//! Blocking in earnest: 10,000 invocations that each sleep for 100 ms, at once.
//!
//! The first time nobody has a thread yet; the second time whoever keeps idle threads has them.

use std::thread;
use std::time::{Duration, Instant};

use async_mech::invoke;
use tokio::runtime::Builder;
use tokio::task;

use super::{Contender, Figure, OURS, THREADS, TOKIO, Target, Workload, millis};
use crate::machine;

const COUNT: usize = 10_000;

pub(super) const WORKLOAD: Workload = Workload {
    name: "sleepers",
    title: "10,000 invocations that each block for 100 ms, then await all",
    figures: &[
        Figure::millis("first time"),
        Figure::millis("second time"),
        Figure::mebibytes("peak resident memory"),
    ],
    contenders: &[
        Contender { name: OURS, run: || twice(ours) },
        Contender { name: TOKIO, run: tokio },
        Contender { name: THREADS, run: || twice(threads) },
    ],
    targets: &[
        Target::Faster { than: TOKIO, figure: 0, times: 1.0 },
        Target::Faster { than: TOKIO, figure: 1, times: 1.0 },
    ],
};

fn twice(all_sleep: impl Fn()) -> Vec<f64> {
    let time = || {
        let start = Instant::now();
        all_sleep();
        millis(start.elapsed())
    };
    vec![time(), time(), machine::peak_resident()]
}

fn sleep() {
    thread::sleep(Duration::from_millis(100));
}

fn ours() {
    let promises: Vec<_> = (0..COUNT).map(|_| invoke!(sleep())).collect();
    promises.into_iter().for_each(|promise| promise.wait());
}

fn threads() {
    let threads: Vec<_> = (0..COUNT).map(|_| thread::spawn(sleep)).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
}

fn tokio() -> Vec<f64> {
    let runtime =
        Builder::new_multi_thread().max_blocking_threads(COUNT).build().expect("a runtime");
    twice(|| {
        runtime.block_on(async {
            let sleepers: Vec<_> = (0..COUNT).map(|_| task::spawn_blocking(sleep)).collect();
            for sleeper in sleepers {
                sleeper.await.expect("no panic");
            }
        });
    })
}
