//! What counts as growth, on made-up figures: a leak does, noise and a warm-up do not.

use tests::Random;
use tests_soak::figures::{Row, growth};

/// Invocations in a round.
const INVOKED: u64 = 80_000;
/// Of a promise, in bytes.
const SIZE: u64 = 150;
/// Two minutes of rounds, and those of them that are the warm-up.
const ROUNDS: [u64; 2] = [12, 36];

/// Two minutes of rounds with noise like that of a busy machine, and the two rests, where so many
/// promises are leaked in that many rounds.
fn soak(leaked: impl Fn(u64) -> u64) -> (Vec<Row>, [Row; 2]) {
    let mut random = Random::new(1);
    let rows = (0..ROUNDS[1]).map(|n| Row {
        resident: (12 << 20) + n.min(12) * (100 << 10) + random.below(400 << 10) + leaked(n) * SIZE,
        threads: 45 + random.below(75),
        bytes: (1_100 << 10) + random.below(30 << 10) + leaked(n) * SIZE,
        allocations: 600 + random.below(250) + leaked(n),
        ..Row::default()
    });
    let rows = rows.collect();
    let rested = ROUNDS.map(|n| Row {
        threads: 3,
        bytes: (894 << 10) + random.below(3 << 10) + leaked(n) * SIZE,
        allocations: 103 + random.below(4) + leaked(n),
        ..Row::default()
    });
    (rows, rested)
}

/// The figures that grow.
fn grown((rows, rested): &(Vec<Row>, [Row; 2])) -> Vec<&'static str> {
    let grown = growth(rows, rested).into_iter().filter(|growth| !growth.is_flat());
    grown.map(|growth| growth.name).collect()
}

#[test]
fn noise_is_flat() {
    assert_eq!(grown(&soak(|_| 0)), [""; 0]);
}

#[test]
fn one_promise_in_a_thousand_is_growth() {
    let grown = grown(&soak(|n| n * INVOKED / 1_000));
    assert_eq!(grown, ["heap", "allocations", "heap at rest", "allocations at rest"]);
}

#[test]
fn one_promise_in_fifty_thousand_is_growth_at_rest() {
    assert_eq!(grown(&soak(|n| n * INVOKED / 50_000)), ["allocations at rest"]);
}

#[test]
fn more_than_that_is_seen_in_rss_too() {
    let grown = grown(&soak(|n| n * INVOKED / 12));
    assert_eq!(grown, ["RSS", "heap", "allocations", "heap at rest", "allocations at rest"]);
}

#[test]
fn a_thread_left_behind_in_ten_rounds_is_growth() {
    let mut soak = soak(|_| 0);
    soak.1.iter_mut().zip(ROUNDS).for_each(|(row, n)| row.threads += n / 10);
    assert_eq!(grown(&soak), ["threads at rest"]);
}
