//! Event loops of one's own, made and shut down or dropped; and durable functions without an engine.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Promise, durable, invocable, invoke, sleep};
use tests::Random;

use super::{DURABLE, shapes};
use crate::books::Account;

pub(super) fn own_loops(account: &'static Account, random: &mut Random) {
    let mut builder = EventLoop::builder().lend_threads(random.once_in(2)).name("own");
    if random.once_in(2) {
        builder = builder.max_threads(1 + random.below(4) as usize);
    }
    let event_loop = builder.build();
    let running: Vec<_> = event_loop.run(|| {
        assert_eq!(account.invoke(move || shapes::fib(account, 7)).wait(), 13);
        let nap = |n| {
            move || {
                if n % 4 == 0 {
                    sleep(Duration::from_micros(200))
                }
            }
        };
        (0..random.below(20)).map(|n| account.invoke(nap(n))).collect()
    });
    match random.below(3) {
        // What was invoked still runs.
        0 => {
            drop(event_loop);
            running.into_iter().for_each(Promise::wait);
        }
        // With patience, or without.
        patience => {
            let still = event_loop.shutdown(Duration::from_secs(60 * (patience - 1)));
            assert!(still == 0 || patience == 1);
            let refused = event_loop.run(|| account.invoke(|| ()));
            let failures: Vec<_> = running.into_iter().filter_map(|p| p.outcome().err()).collect();
            let refused = refused.outcome().unwrap_err();
            let mut kinds = failures.iter().chain([&refused]).map(Failure::kind);
            assert!(kinds.all(|kind| kind == FailureKind::Cancelled));
        }
    }
}

#[invocable(durable)]
fn square(n: u64) -> u64 {
    DURABLE.account.entry().run(|| n * n)
}

#[invocable(durable)]
fn squares(n: u64) -> u64 {
    DURABLE.account.entry().run(|| {
        let squares: Vec<_> = (1..=n).map(|n| invoke!(square(n))).collect();
        squares.into_iter().map(Promise::wait).sum()
    })
}

#[invocable(durable)]
fn sleeps(seconds: u64) -> u64 {
    DURABLE.account.entry().run(|| {
        sleep(Duration::from_secs(seconds));
        seconds
    })
}

/// Roots that are asked for twice, and one that is cancelled. The engine remembers its roots, so it
/// is dropped after a few.
pub(super) fn durable_roots(account: &'static Account, random: &mut Random) {
    static ROOTS: AtomicU64 = AtomicU64::new(0);
    let engine = durable::embedded().expect("no two functions have one name");
    for _ in 0..1 + random.below(8) {
        let id = format!("root-{}", ROOTS.fetch_add(1, Relaxed));
        let roots = [0, 1].map(|_| engine.invoke(id.clone(), squares, (5,)).expect("it starts"));
        assert_eq!(roots.map(Promise::wait), [55, 55]);
    }
    let root = engine.invoke("sleeps", sleeps, (3_600,)).expect("it starts");
    engine.cancel("sleeps");
    assert_eq!(root.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(account.invoke(|| 1).wait(), 1);
}
