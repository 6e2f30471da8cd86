//! What the halves capture and return is dropped once, and before the join is left.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use async_mech::{promise, scope};

use crate::{Counts, Join, Taken, Unlent, Untaken};

/// Joins halves that capture something and return something, or panic. How much was dropped when the
/// join was left, and how much when its values were, too.
fn dropped(way: &impl Join, a_panics: bool, b_panics: bool) -> (usize, usize) {
    let count = AtomicUsize::new(0);
    let half = |panics: bool| {
        let captured = Counts(&count);
        move || {
            let captured = captured;
            if panics {
                resume_unwind(Box::new(7_u8));
            }
            let made = Counts(captured.0);
            drop(captured);
            made
        }
    };
    let (a, b) = (half(a_panics), half(b_panics));
    let joined = catch_unwind(AssertUnwindSafe(|| way.join(a, b)));
    assert_eq!(joined.is_err(), a_panics || b_panics);
    let first = count.load(SeqCst);
    drop(joined);
    (first, count.load(SeqCst))
}

#[test]
fn what_the_halves_capture_and_return_is_dropped_once() {
    assert_eq!(dropped(&Untaken, false, false), (2, 4));
    assert_eq!(dropped(&Taken, false, false), (2, 4));
    assert_eq!(dropped(&Unlent, false, false), (2, 4));
}

#[test]
fn so_it_is_when_the_first_half_panics() {
    // The second one was not called.
    assert_eq!(dropped(&Untaken, true, false), (2, 2));
    // It was called, and its value is lost.
    assert_eq!(dropped(&Taken, true, false), (3, 3));
    assert_eq!(dropped(&Unlent, true, false), (3, 3));
}

#[test]
fn so_it_is_when_the_second_half_panics() {
    // The first one's value is lost.
    assert_eq!(dropped(&Untaken, false, true), (3, 3));
    assert_eq!(dropped(&Taken, false, true), (3, 3));
    assert_eq!(dropped(&Unlent, false, true), (3, 3));
}

#[test]
fn so_it_is_when_both_panic() {
    assert_eq!(dropped(&Untaken, true, true), (2, 2));
    assert_eq!(dropped(&Taken, true, true), (2, 2));
    assert_eq!(dropped(&Unlent, true, true), (2, 2));
}

#[test]
fn a_destructor_that_panics_does_not_replace_a_panic() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    fn lost(way: &impl Join) {
        let captured = Panics;
        let joined = catch_unwind(AssertUnwindSafe(|| {
            way.join(
                || -> u32 { resume_unwind(Box::new(7_u8)) },
                || {
                    let _captured = captured;
                },
            )
        }));
        assert_eq!(*joined.unwrap_err().downcast::<u8>().unwrap(), 7);
    }
    lost(&Untaken);
    lost(&Taken);
}

#[test]
fn what_a_cancelled_half_borrows_is_dropped_before_the_join_is_left() {
    let (never, _resolver) = promise::<()>();
    let count = AtomicUsize::new(0);
    let borrowed = String::from("abc");
    let captured = Counts(&count);
    let joined = catch_unwind(AssertUnwindSafe(|| {
        Taken.join(
            || -> u32 { resume_unwind(Box::new(7_u8)) },
            || {
                let _captured = captured;
                // In a scope of its own, whose child is cancelled with it.
                scope(|s| s.invoke(|| (borrowed.len(), never.wait())).wait())
            },
        )
    }));
    assert_eq!(*joined.unwrap_err().downcast::<u8>().unwrap(), 7);
    assert_eq!(count.into_inner(), 1);
    drop(borrowed);
}
