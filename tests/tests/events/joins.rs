//! A join while somebody observes: its second half is invoked, and so is seen.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use async_mech::{current, join};

use crate::seen::{alone, unlent};

#[test]
fn the_second_half_is_an_execution() {
    let seen = alone(|| {
        let me = current().id();
        assert_eq!(join(|| 1, || (2, current().caller())), (1, (2, Some(me))));
    });
    assert_eq!(
        seen.lines(),
        [
            "1 root",
            "2 invoke by 1",
            "2 promised",
            "1 await 2",
            "2 start lent by 1",
            "2 complete",
            "2 free",
            "1 return 2 Outcome",
        ]
    );
}

#[test]
fn nested_joins_are_a_tree() {
    let seen = unlent(|_, _| {
        join(|| (), || join(|| (), || 1));
    });
    assert_eq!(seen.of_one(2)[..2], ["invoke by 1", "start"]);
    assert_eq!(seen.of_one(3)[..3], ["invoke by 2", "start", "complete"]);
}

#[test]
fn a_panic_is_a_failure_to_observers_and_a_panic_to_the_caller() {
    let seen = alone(|| {
        let joined = catch_unwind(|| join(|| 1, || -> u32 { resume_unwind(Box::new(7_u8)) }));
        assert_eq!(*joined.unwrap_err().downcast::<u8>().unwrap(), 7);
    });
    assert_eq!(seen.of_one(2), ["invoke by 1", "start lent by 1", "fail Panicked", "free"]);
}

#[test]
fn when_the_first_half_panics_the_second_is_cancelled() {
    let seen = alone(|| {
        let first = || -> u32 { resume_unwind(Box::new(7_u8)) };
        catch_unwind(AssertUnwindSafe(|| join(first, || 1))).unwrap_err();
    });
    assert_eq!(seen.of_one(2), ["invoke by 1", "cancel", "fail Cancelled", "free"]);
}
