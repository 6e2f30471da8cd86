//! A panic comes out of the join as it went in, whoever has run the half that panics.

use std::panic::resume_unwind;
use std::sync::mpsc::channel;

use async_mech::{Failure, FailureKind, invoke, join, promise};
use tests::watched;

use crate::{Join, Taken, Unlent, Untaken, payload_of, taken};

fn second_panics(way: &impl Join) {
    let payload: u8 = payload_of(|| way.join(|| 1, || -> u32 { resume_unwind(Box::new(7_u8)) }));
    assert_eq!(payload, 7);
    let payload: &str = payload_of(|| way.join(|| 1, || panic!("in the second half")));
    assert_eq!(payload, "in the second half");
}

#[test]
fn a_panic_of_the_second_half_has_its_own_payload() {
    second_panics(&Untaken);
    second_panics(&Taken);
    second_panics(&Unlent);
}

fn first_panics(way: &impl Join) {
    let payload: u8 = payload_of(|| way.join(|| resume_unwind(Box::new(7_u8)), || 1));
    assert_eq!(payload, 7);
}

#[test]
fn a_panic_of_the_first_half_has_its_own_payload() {
    first_panics(&Untaken);
    first_panics(&Taken);
    first_panics(&Unlent);
}

fn both_panic(way: &impl Join) {
    let payload: u8 = payload_of(|| {
        way.join(|| resume_unwind(Box::new(7_u8)), || resume_unwind(Box::new(8_u8)));
    });
    assert_eq!(payload, 7);
}

#[test]
fn of_two_panics_that_of_the_first_half_goes_on() {
    both_panic(&Untaken);
    both_panic(&Taken);
    both_panic(&Unlent);
}

fn awaits_a_failure(way: &impl Join) {
    let p = invoke!(|| resume_unwind(Box::new("no disk")));
    let id = p.id();
    let failure: Failure = payload_of(|| way.join(|| (), || p.wait()));
    assert_eq!((failure.id(), failure.kind()), (id, FailureKind::Panicked));
    assert_eq!(failure.message(), "no disk");
}

#[test]
fn a_failure_that_the_second_half_awaits_comes_out_as_it_is() {
    let _watchdog = watched();
    awaits_a_failure(&Untaken);
    awaits_a_failure(&Taken);
    awaits_a_failure(&Unlent);
}

#[test]
fn a_second_half_that_nobody_has_taken_is_not_called_when_the_first_panics() {
    let mut called = false;
    let payload: u8 =
        payload_of(|| Untaken.join(|| resume_unwind(Box::new(7_u8)), || called = true));
    assert_eq!((payload, called), (7, false));
}

#[test]
fn a_second_half_that_was_taken_is_cancelled_and_waited_for_when_the_first_panics() {
    for way in 0..2 {
        let (never, _resolver) = promise::<()>();
        let mut ended = false;
        let panics = || resume_unwind(Box::new(7_u8));
        let waits = || {
            struct Ends<'a>(&'a mut bool);
            impl Drop for Ends<'_> {
                fn drop(&mut self) {
                    *self.0 = true;
                }
            }
            let _ends = Ends(&mut ended);
            never.wait();
        };
        let payload: u8 = match way {
            0 => payload_of(|| Taken.join(panics, waits)),
            _ => payload_of(|| Unlent.join(panics, waits)),
        };
        assert_eq!((payload, ended), (7, true));
    }
}

#[test]
fn panics_pass_through_nested_joins() {
    fn deep(depth: u32) {
        if depth == 0 {
            resume_unwind(Box::new(7_u8));
        }
        if depth.is_multiple_of(2) {
            join(|| deep(depth - 1), || ())
        } else {
            join(|| (), || deep(depth - 1))
        };
    }
    let _watchdog = watched();
    for _ in 0..tests::runs(50) {
        assert_eq!(payload_of::<(), u8>(|| deep(20)), 7);
    }
}

#[test]
fn joins_go_on_after_a_panic_was_caught() {
    let _watchdog = watched();
    let payload: u8 = payload_of(|| taken(|| resume_unwind(Box::new(7_u8)), || 1));
    assert_eq!(payload, 7);
    assert_eq!(taken(|| 1, || 2), (1, 2));
}

#[test]
fn a_join_in_a_destructor_while_its_thread_unwinds() {
    struct Joins<'a>(&'a mut (u32, u32));
    impl Drop for Joins<'_> {
        fn drop(&mut self) {
            *self.0 = taken(|| 1, || 2);
        }
    }
    let _watchdog = watched();
    let mut values = (0, 0);
    let payload: u8 = payload_of(|| {
        let _joins = Joins(&mut values);
        resume_unwind(Box::new(7_u8))
    });
    assert_eq!((payload, values), (7, (1, 2)));
}

#[test]
fn a_panic_that_leaves_an_invocation_fails_its_promise() {
    let _watchdog = watched();
    let (begun, begins) = channel();
    let p = invoke!(move || {
        join(
            || begins.recv().unwrap(),
            move || {
                begun.send(()).unwrap();
                resume_unwind(Box::new("no disk"))
            },
        )
    });
    let id = p.id();
    let failure = p.outcome().map(|((), ())| "fine").unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "no disk"));
    assert_eq!(failure.origin().id(), id);
}
