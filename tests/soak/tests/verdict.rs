//! What counts as growth, on made-up figures: a leak does, noise and a warm-up do not.

use tests::Random;
use tests_soak::figures::{Row, growth};

/// Two minutes of rounds with noise like that of a busy machine, and that many bytes and allocations
/// more after each.
fn rows(bytes: u64, allocations: u64) -> Vec<Row> {
    let mut random = Random::new(1);
    let row = |n: u64| Row {
        resident: (12 << 20) + n.min(12) * (100 << 10) + random.below(400 << 10) + n * bytes,
        threads: 45 + random.below(15),
        bytes: (1_100 << 10) + random.below(30 << 10) + n * bytes,
        allocations: 600 + random.below(250) + n * allocations,
        ..Row::default()
    };
    (0..36).map(row).collect()
}

/// The figures that grow.
fn grown(rows: &[Row]) -> Vec<&'static str> {
    let grown = growth(rows).into_iter().filter(|growth| !growth.is_flat());
    grown.map(|growth| growth.name).collect()
}

#[test]
fn noise_is_flat() {
    assert_eq!(grown(&rows(0, 0)), [""; 0]);
}

#[test]
fn one_promise_in_a_thousand_is_growth() {
    // Of 80,000 invocations in a round.
    assert_eq!(grown(&rows(80 * 150, 80)), ["heap", "allocations"]);
}

#[test]
fn more_than_that_is_seen_in_rss_too() {
    assert_eq!(grown(&rows(6_400 * 150, 6_400)), ["RSS", "heap", "allocations"]);
}

#[test]
fn threads_left_behind_in_each_round_are_growth() {
    let mut rows = rows(0, 0);
    rows.iter_mut().zip(0..).for_each(|(row, n)| row.threads += 3 * n);
    assert_eq!(grown(&rows), ["threads"]);
}
