//! What the process has at the end of each round, and whether that stays the same.

use std::alloc::System;
use std::fmt;
use std::fs;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use crate::books::Balance;

/// Counts what is allocated: sharper than what the system says is resident, for what the
/// allocator keeps makes that go up and down.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A row of the table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Since the beginning.
    pub at: Duration,
    /// What the round added to the books.
    pub balance: Balance,
    /// Resident memory.
    pub resident: u64,
    /// Threads of the process.
    pub threads: u64,
    /// Bytes that are allocated.
    pub bytes: u64,
    /// Allocations that are not freed.
    pub allocations: u64,
    /// The machine's load. No text, which would be one more allocation for each row.
    pub load: f64,
}

impl Row {
    /// The figures of now.
    #[must_use]
    pub fn now(at: Duration, balance: Balance) -> Row {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default();
        let stats = ALLOCATOR.stats();
        Row {
            at,
            balance,
            resident: 1_024 * of_status("VmRSS:"),
            threads: threads(),
            bytes: (stats.bytes_allocated - stats.bytes_deallocated) as u64,
            allocations: (stats.allocations - stats.deallocations) as u64,
            load,
        }
    }

    /// What the columns are.
    pub const HEADINGS: &str = "     s    invoked  completed    failed cancelled  \
        RSS KiB threads  heap KiB allocations  load";
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Balance { invoked, completed, failed, cancelled } = self.balance;
        let (resident, bytes) = (self.resident >> 10, self.bytes >> 10);
        write!(
            f,
            "{:>6} {invoked:>10} {completed:>10} {failed:>9} {cancelled:>9} {resident:>8} {:>7} \
             {bytes:>9} {:>11} {:>5.1}",
            self.at.as_secs(),
            self.threads,
            self.allocations,
            self.load
        )
    }
}

/// How many threads the process has.
#[must_use]
pub fn threads() -> u64 {
    of_status("Threads:")
}

/// A number that the system knows of this process; 0 where there is no `/proc`.
fn of_status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A figure that must not grow: its name, how much it may be above what it was, and where it stands
/// in a row.
type Flat = (&'static str, f64, fn(&Row) -> u64);

/// Of the last third and the middle one, in pauses of which idle threads are left.
///
/// Leaking one promise per thousand invocations adds one allocation, of 150 bytes or more, for each:
/// in 40 seconds of a busy machine that is a thousand, and 200 KiB. RSS hears of that after many
/// minutes, for the stacks of threads that stay reach a little deeper now and then; but it hears of
/// what is not on the heap too.
const FLAT: [Flat; 3] = [
    ("RSS", (8 << 20) as f64, |row| row.resident),
    ("heap", (64 << 10) as f64, |row| row.bytes),
    ("allocations", 400.0, |row| row.allocations),
];

/// Of the process at rest, after the warm-up and at the end: it has no thread that it had for its
/// load, and two allocations more at most, of 2 KiB, if a table has doubled. RSS is no sharper there.
const RESTED: [Flat; 3] = [
    ("threads at rest", 1.0, |row| row.threads),
    ("heap at rest", (16 << 10) as f64, |row| row.bytes),
    ("allocations at rest", 20.0, |row| row.allocations),
];

/// How much one figure has grown.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Which.
    pub name: &'static str,
    /// What it was.
    pub before: f64,
    /// What it is.
    pub after: f64,
    /// By how much that may be above the other.
    pub bound: f64,
}

impl Growth {
    /// Whether it is within its bound.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.after - self.before <= self.bound
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Growth { name, before, after, bound } = self;
        let (grown, verdict) = (after - before, if self.is_flat() { "flat" } else { "GROWS" });
        write!(f, "{name:<19} {before:>12.0} {after:>12.0} {grown:>+10.0} {bound:>10.0}  {verdict}")
    }
}

/// Compares the thirds of a run, of which the first one is the warm-up, and the two rows of the
/// process at rest.
#[must_use]
pub fn growth(rows: &[Row], rested: &[Row; 2]) -> Vec<Growth> {
    let third = rows.len() / 3;
    let (middle, last) = (&rows[rows.len() - 2 * third..][..third], &rows[rows.len() - third..]);
    // Of the lower half: bursts, whose threads stay for ten seconds, are in the other one.
    let mean = |rows: &[Row], of: fn(&Row) -> u64| {
        let mut figures: Vec<u64> = rows.iter().map(of).collect();
        figures.sort_unstable();
        figures.truncate(figures.len().div_ceil(2));
        figures.iter().sum::<u64>() as f64 / figures.len() as f64
    };
    let thirds = FLAT.iter().map(|&(name, bound, of)| Growth {
        name,
        before: mean(middle, of),
        after: mean(last, of),
        bound,
    });
    let at_rest = RESTED.iter().map(|&(name, bound, of)| Growth {
        name,
        before: of(&rested[0]) as f64,
        after: of(&rested[1]) as f64,
        bound,
    });
    thirds.chain(at_rest).collect()
}
