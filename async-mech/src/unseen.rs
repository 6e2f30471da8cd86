//! Failures that nobody looked at: a person is told of them, but not a thousand times of the same.
//!
//! A program that ends early may drop thousands of promises at once, and the one line that says why
//! must not be lost among them. A service may fail in the same way each second for months: it must
//! neither fill its log nor fall silent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::failure::{Alike, Failure};

/// So many like it are shown one by one. Of those after them, each that doubles the count.
const ONE_BY_ONE: u64 = 4;

/// How many there were of one kind that began in functions of one place.
type Counts = BTreeMap<Alike, u64>;

// Not a `HashMap`: what that points to lies inside of what it allocates, which memcheck takes for lost.
static TOLD: Mutex<Counts> = Mutex::new(Counts::new());

/// Tells a person on stderr, unless that has happened, or has been said often enough.
pub(crate) fn report(failure: &Failure) {
    if failure.origin().set_reported() {
        return;
    }
    let left_out = {
        let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut told, failure.alike())
    };
    let others = match left_out {
        None => return,
        Some(0) => String::new(),
        Some(n) => format!(", nor at {n} like it that are not shown"),
    };
    eprintln!("async-mech: nobody looked at a failure{others}: {failure:?}");
}

/// One more. If it is to be shown, how many were not since the last one that was.
fn count(counts: &mut Counts, alike: Alike) -> Option<u64> {
    let count = counts.entry(alike).or_default();
    *count += 1;
    match *count {
        ..=ONE_BY_ONE => Some(0),
        n if n.is_power_of_two() => Some(n / 2 - 1),
        _ => None,
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{Counts, count};
    use crate::failure::{Alike, FailureKind};

    fn alike(kind: FailureKind, file: &'static str, line: u32) -> Alike {
        (kind as u8, file, line)
    }

    #[test]
    fn of_what_is_alike_ever_fewer_are_shown() {
        let mut counts = Counts::new();
        let shown: Vec<_> = (1..=40)
            .filter_map(|n| {
                Some((n, count(&mut counts, alike(FailureKind::Abandoned, "a.rs", 1))?))
            })
            .collect();
        assert_eq!(shown, [(1, 0), (2, 0), (3, 0), (4, 0), (8, 3), (16, 7), (32, 15)]);
    }

    #[test]
    fn what_differs_is_counted_apart() {
        let mut counts = Counts::new();
        for _ in 0..100 {
            count(&mut counts, alike(FailureKind::Abandoned, "a.rs", 1));
        }
        for other in [
            alike(FailureKind::Failed, "a.rs", 1),
            alike(FailureKind::Abandoned, "b.rs", 1),
            alike(FailureKind::Abandoned, "a.rs", 2),
        ] {
            assert_eq!(count(&mut counts, other), Some(0));
        }
    }
}
