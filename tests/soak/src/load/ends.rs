//! Other ends than a value: cancelled, failed, late, or by somebody's hand.

use std::time::Duration;

use async_mech::{FailureKind, Promise, checkpoint, promise, sleep};
use tests::Random;

use super::MEANT;
use crate::books::Account;

const LONG: Duration = Duration::from_secs(3_600);

/// A storm: many that sleep, or wait for one that sleeps, are cancelled, by several at once.
pub(super) fn cancellation(account: &'static Account, random: &mut Random) {
    let sleepers: Vec<Promise<()>> = (0..1 + random.below(40))
        .map(|n| match n % 4 {
            0 => account.invoke(|| sleep(LONG)),
            1 => account.invoke(move || account.invoke(|| sleep(LONG)).wait()),
            2 => account.invoke(|| {
                loop {
                    checkpoint();
                    std::thread::yield_now();
                }
            }),
            // Two awaits away, and through a link.
            _ => {
                let entry = account.entry();
                account.invoke(|| sleep(LONG)).then(move |()| entry.run(|| ()))
            }
        })
        .collect();
    if random.once_in(2) {
        std::thread::yield_now();
    }
    let halves = [sleepers.iter().step_by(2), sleepers[1..].iter().step_by(2)];
    let cancellers: Vec<_> = halves
        .map(|half| half.map(Promise::canceller).collect::<Vec<_>>())
        .into_iter()
        .map(|half| {
            account.invoke(move || {
                for canceller in &half {
                    canceller.cancel();
                }
            })
        })
        .collect();
    for sleeper in &sleepers {
        sleeper.cancel();
    }
    cancellers.into_iter().for_each(Promise::wait);
    for sleeper in sleepers {
        assert_eq!(sleeper.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    }
}

/// A panic at the bottom climbs to the top.
pub(super) fn panics(account: &'static Account, random: &mut Random) {
    fn below(account: &'static Account, depth: u64) {
        if depth == 0 {
            std::panic::panic_any(MEANT);
        }
        account.invoke(move || below(account, depth - 1)).wait();
    }
    let depth = random.below(20);
    let failure = account.invoke(move || below(account, depth)).outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, MEANT));
    // Some that nobody looks at.
    account.invoke(|| std::panic::panic_any::<&str>(MEANT)).detach();
}

/// Too short a patience; then the promise is awaited after all, or cancelled.
pub(super) fn timeouts(account: &'static Account, random: &mut Random) {
    for _ in 0..10 {
        let time = Duration::from_micros(random.below(2_000));
        let p = account.invoke(move || {
            sleep(time);
            7
        });
        match p.wait_timeout(Duration::from_micros(random.below(500))) {
            Ok(outcome) => assert_eq!(outcome.expect("a value"), 7),
            Err(timed_out) => {
                let p = timed_out.into_promise();
                match random.below(3) {
                    0 => assert_eq!(p.wait(), 7),
                    1 => {
                        p.cancel();
                        let outcome = p.outcome();
                        let cancelled =
                            |failure: async_mech::Failure| failure.kind() == FailureKind::Cancelled;
                        assert!(outcome.map_or_else(cancelled, |value| value == 7));
                    }
                    _ => p.detach(),
                }
            }
        }
    }
}

/// Promises without a function: resolved by another execution, failed, abandoned, or not read.
pub(super) fn resolvers(account: &'static Account, random: &mut Random) {
    for _ in 0..20 {
        let (p, resolver) = promise();
        match random.below(5) {
            0 => {
                account.invoke(move || resolver.resolve("late")).detach();
                assert_eq!(p.wait(), "late");
            }
            1 => {
                drop(account.invoke(move || drop(resolver)));
                assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
            }
            2 => {
                drop(p);
                resolver.resolve("unread");
            }
            3 => {
                let reader = account.invoke(move || p.wait());
                resolver.resolve("read elsewhere");
                assert_eq!(reader.wait(), "read elsewhere");
            }
            _ => {
                p.cancel();
                assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
                drop(resolver);
            }
        }
    }
}
