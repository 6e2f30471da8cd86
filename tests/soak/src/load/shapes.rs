//! The shapes that invocations come in: trees, bursts, chains, and many that wait.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Failure, Promise, map_bounded, scope, sleep};
use tests::Random;

use super::MEANT;
use crate::books::{Account, Entry};

/// An invocation a call.
pub(super) fn fib(account: &'static Account, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) =
        (account.invoke(move || fib(account, n - 1)), account.invoke(move || fib(account, n - 2)));
    a.wait() + b.wait()
}

pub(super) fn recursion(account: &'static Account, random: &mut Random) {
    let n = 8 + random.below(6);
    let expected = (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0;
    assert_eq!(account.invoke(move || fib(account, n)).wait(), expected);
}

pub(super) fn fan_out(account: &'static Account, random: &mut Random) {
    let n = 1 + random.below(500);
    let promises: Vec<_> = (0..n).map(|k| account.invoke(move || vec![k; 3])).collect();
    for (k, p) in promises.into_iter().enumerate() {
        if random.once_in(4) {
            p.detach();
        } else {
            assert_eq!(p.wait(), [k as u64; 3]);
        }
    }
}

pub(super) fn deep_chain(account: &'static Account, random: &mut Random) {
    fn chain(account: &'static Account, depth: u64) -> u64 {
        if depth == 0 { 0 } else { account.invoke(move || chain(account, depth - 1)).wait() + 1 }
    }
    let depth = 100 + random.below(1_400);
    // Its threads end with it: an idle thread keeps the pages that its stack has ever needed.
    let event_loop = EventLoop::builder().build();
    assert_eq!(event_loop.invoke(move || chain(account, depth)).wait(), depth);
}

pub(super) fn sleepers(account: &'static Account, random: &mut Random) {
    // Few on the loop that stays: else its threads would be as many as ever slept at once.
    let own = random.once_in(2).then(|| EventLoop::builder().build());
    let most = if own.is_some() { 300 } else { 20 };
    own.as_ref().unwrap_or(EventLoop::global()).run(|| {
        let sleepers: Vec<_> = (0..1 + random.below(most))
            .map(|n| {
                let time = Duration::from_micros(random.below(10_000));
                account.invoke(move || if n % 2 == 0 { sleep(time) } else { thread::sleep(time) })
            })
            .collect();
        sleepers.into_iter().for_each(Promise::wait);
    });
}

/// Children that borrow; now and then one panics, and the scope says so.
pub(super) fn scopes(account: &'static Account, random: &mut Random) {
    fn sums(account: &'static Account, parts: &[Vec<u64>], fails: bool, depth: u64) -> u64 {
        scope(|s| {
            let parts: Vec<Promise<u64>> = parts
                .iter()
                .map(|part| {
                    let entry = account.entry();
                    s.invoke(move || {
                        entry.run(|| {
                            let below =
                                if depth == 0 { 0 } else { sums(account, &[], false, depth - 1) };
                            below + part.iter().sum::<u64>()
                        })
                    })
                })
                .collect();
            let entry = account.entry();
            s.invoke(move || entry.run(|| assert_meant(fails))).detach();
            parts.into_iter().map(Promise::wait).sum()
        })
    }
    let parts: Vec<Vec<u64>> = (0..random.below(20)).map(|n| vec![n; 10]).collect();
    let (fails, depth) = (random.once_in(4), random.below(4));
    let expected: u64 = parts.iter().flatten().sum();
    let sum = catch_unwind(AssertUnwindSafe(|| sums(account, &parts, fails, depth)));
    match sum {
        Ok(sum) => assert_eq!((sum, fails), (expected, false)),
        Err(payload) => {
            let failure = payload.downcast::<Failure>().expect("a scope fails with a failure");
            assert!(fails, "{failure}");
        }
    }
}

/// Panics, if it is to.
fn assert_meant(fails: bool) {
    if fails {
        std::panic::panic_any(MEANT);
    }
}

/// All results, or only some; in order or not.
pub(super) fn bounded(account: &'static Account, random: &mut Random) {
    let (most, items, taken) =
        (1 + random.below(8), random.below(100), 1 + random.below(100) as usize);
    let entered = (0..items).map(move |item| (account.entry(), item));
    let at_most = usize::try_from(most).expect("small");
    let results =
        map_bounded(entered, at_most, |(entry, item): (Entry, u64)| entry.run(|| item * 2));
    let expected = taken.min(items as usize);
    if random.once_in(2) {
        let results = results.unordered().take(taken);
        assert_eq!(results.filter(|(_, result)| result.is_ok()).count(), expected);
    } else {
        let results: Vec<_> = results.take(taken).map(|result| result.expect("a value")).collect();
        assert!(results.iter().copied().eq((0..expected as u64).map(|n| n * 2)));
    }
}
