//! Failures that nobody looked at: a person is told of them, but not a thousand times of the same.
//!
//! A program that ends early may drop thousands of promises at once, and the one line that says why
//! must not be lost among them. A service may fail in the same way each second for months: it must
//! neither fill its log nor fall silent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::failure::{Failure, FailureKind};

/// So many like it are shown one by one. Of those after them, each that doubles the count.
const ONE_BY_ONE: u64 = 4;

/// Failures of one kind that began in functions of one place.
type Alike = (FailureKind, &'static str, u32);

/// How many there were. By a `FailureKind`'s number, as it has no order.
type Counts = BTreeMap<(u8, &'static str, u32), u64>;

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
    if let Some(left_out) = left_out {
        match left_out {
            0 => eprintln!("async-mech: nobody looked at a failure: {failure:?}"),
            _ => eprintln!(
                "async-mech: nobody looked at a failure, nor at {left_out} like it that are not \
                 shown: {failure:?}"
            ),
        }
    }
}

/// One more. If it is to be shown, how many were not since the last one that was.
fn count(counts: &mut Counts, (kind, file, line): Alike) -> Option<u64> {
    let count = counts.entry((kind as u8, file, line)).or_default();
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
    use crate::failure::FailureKind;

    #[test]
    fn of_what_is_alike_ever_fewer_are_shown() {
        let mut counts = Counts::new();
        let shown: Vec<_> = (1..=40)
            .filter_map(|n| Some((n, count(&mut counts, (FailureKind::Abandoned, "a.rs", 1))?)))
            .collect();
        assert_eq!(shown, [(1, 0), (2, 0), (3, 0), (4, 0), (8, 3), (16, 7), (32, 15)]);
    }

    #[test]
    fn what_differs_is_counted_apart() {
        let mut counts = Counts::new();
        for _ in 0..100 {
            count(&mut counts, (FailureKind::Abandoned, "a.rs", 1));
        }
        for other in [
            (FailureKind::Failed, "a.rs", 1),
            (FailureKind::Abandoned, "b.rs", 1),
            (FailureKind::Abandoned, "a.rs", 2),
        ] {
            assert_eq!(count(&mut counts, other), Some(0));
        }
    }
}
