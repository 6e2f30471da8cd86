//! Several promises, and one promise several times.

use std::thread;
use std::time::Duration;

use async_mech::{FailureKind, Promise, sleep};
use tests::Random;

use super::MEANT;
use crate::books::Account;

/// A few that give their numbers, some of them later.
fn numbers(account: &'static Account, random: &mut Random) -> Vec<Promise<u64>> {
    (0..2 + random.below(10))
        .map(|n| {
            let time = random.once_in(8).then(|| Duration::from_micros(random.below(500)));
            account.invoke(move || {
                time.into_iter().for_each(sleep);
                n
            })
        })
        .collect()
}

pub(super) fn combinators(account: &'static Account, random: &mut Random) {
    let inputs = numbers(account, random);
    let n = inputs.len() as u64;
    let expected: u64 = (0..n).sum();
    match random.below(8) {
        0 => assert_eq!(Promise::all(inputs).wait().iter().sum::<u64>(), expected),
        1 => assert!(Promise::race(inputs).wait() < n),
        2 => assert!(Promise::any(inputs).wait() < n),
        3 => assert_eq!(Promise::all_settled(inputs).wait().len() as u64, n),
        4 => {
            let done = Promise::as_completed(inputs).filter_map(|(_, outcome)| outcome.ok());
            assert_eq!(done.sum::<u64>(), expected);
        }
        5 => assert!(Promise::as_completed(inputs).next().is_some()),
        // Of which the combined promise is dropped before it is decided.
        6 => drop(Promise::all(inputs)),
        _ => {
            let fails = account.invoke(|| -> u64 { std::panic::panic_any(MEANT) });
            let failure = Promise::all(inputs.into_iter().chain([fails])).outcome().unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Panicked);
        }
    }
}

pub(super) fn linked(account: &'static Account, random: &mut Random) {
    let inputs = numbers(account, random);
    let n = inputs.len() as u64;
    let expected: u64 = (0..n).sum();
    let entry = account.entry();
    let sum = Promise::all(inputs).then(move |values| entry.run(|| values.iter().sum::<u64>()));
    match random.below(4) {
        0 => assert_eq!(sum.wait(), expected),
        1 => {
            let entry = account.entry();
            let nested = sum.then(move |sum| entry.run(|| account.invoke(move || sum + 1)));
            assert_eq!(nested.flatten().wait(), expected + 1);
        }
        2 => {
            let entry = account.entry();
            let fails = sum.then(move |_| entry.run(|| -> u64 { std::panic::panic_any(MEANT) }));
            let entry = account.entry();
            // Never runs: its entry is dropped.
            let never = fails.then(move |sum| entry.run(|| sum));
            assert_eq!(never.outcome().unwrap_err().kind(), FailureKind::Panicked);
        }
        _ => {
            let other = account.invoke(|| "other");
            let (sum, other) = async_mech::wait((sum, other));
            assert_eq!((sum, other), (expected, "other"));
        }
    }
}

/// One promise, read by several: here, in executions, and on threads of nobody's.
pub(super) fn clones(account: &'static Account, random: &mut Random) {
    let p = account.invoke(|| vec![String::from("a value that is cloned"); 4]);
    let readers: Vec<_> = (0..random.below(6))
        .map(|_| {
            let p = p.clone();
            account.invoke(move || p.wait().len())
        })
        .collect();
    if random.once_in(8) {
        let p = p.clone();
        thread::spawn(move || assert_eq!(p.wait().len(), 4)).join().expect("it reads");
    }
    drop(p.clone());
    assert_eq!(p.clone().try_wait().map_or(4, |value| value.expect("a value").len()), 4);
    assert!(readers.into_iter().all(|reader| reader.wait() == 4));
    assert_eq!(p.wait().len(), 4);
}
