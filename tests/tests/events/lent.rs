//! The whole sequence of events where one thread runs everything.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use async_mech::{invocable, invoke, promise, scope, sleep};

use crate::seen::alone;

#[test]
fn the_articles_program() {
    let seen = alone(|| {
        let outer = invoke!(|| {
            let inner = invoke!(|| 42);
            2 * inner.wait()
        });
        assert_eq!(outer.wait(), 84);
    });
    assert_eq!(
        seen.lines(),
        [
            "1 root",
            "2 invoke by 1",
            "2 promised",
            "1 await 2",
            "2 start lent by 1",
            "3 invoke by 2",
            "3 promised",
            "2 await 3",
            "3 start lent by 2",
            "3 complete 42",
            "3 free",
            "2 return 3 Outcome",
            "2 complete 84",
            "2 free",
            "1 return 2 Outcome",
        ]
    );
}

#[invocable]
fn twice(n: u32) -> u32 {
    2 * n
}

#[test]
fn an_annotated_function_is_entered() {
    let seen = alone(|| assert_eq!(invoke!(twice(4)).wait(), 8));
    assert_eq!(
        seen.lines()[4..],
        ["2 start lent by 1", "2 enter n=4", "2 complete 8", "2 free", "1 return 2 Outcome"]
    );
}

#[test]
fn a_failure_is_an_outcome() {
    let seen = alone(|| drop(invoke!(|| panic!("meant")).outcome().unwrap_err()));
    assert_eq!(
        seen.lines()[4..],
        ["2 start lent by 1", "2 fail Panicked", "2 free", "1 return 2 Outcome"]
    );
}

#[test]
fn an_await_of_a_completed_promise_does_not_suspend() {
    let seen = alone(|| {
        let (p, resolver) = promise();
        resolver.resolve(1);
        p.wait();
    });
    assert_eq!(
        seen.lines(),
        ["1 root", "2 create by 1", "2 complete 1", "1 await 2", "2 free", "1 return 2 Outcome"]
    );
}

#[test]
fn the_last_holder_frees() {
    let seen = alone(|| {
        let p = invoke!(|| 1);
        let q = p.clone();
        p.wait();
        q.wait();
    });
    assert_eq!(
        seen.lines()[3..],
        [
            "1 await 2",
            "2 start lent by 1",
            "2 complete 1",
            "1 return 2 Outcome",
            "1 await 2",
            "2 free",
            "1 return 2 Outcome",
        ]
    );
}

#[test]
fn a_resolver_that_fails_or_is_dropped() {
    let seen = alone(|| {
        let (p, resolver) = promise::<u32>();
        resolver.fail(std::fmt::Error);
        p.outcome().unwrap_err();
    });
    assert_eq!(seen.of_one(2), ["create by 1", "fail Failed", "free"]);
    let seen = alone(|| drop(promise::<u32>().1));
    assert_eq!(seen.of_one(2), ["create by 1", "fail Abandoned", "free"]);
}

#[test]
fn a_wait_that_times_out_can_be_repeated() {
    let seen = alone(|| {
        let (p, resolver) = promise::<u32>();
        let p = p.wait_timeout(Duration::from_millis(1)).unwrap_err().into_promise();
        resolver.resolve(4);
        assert_eq!(p.wait_timeout(Duration::MAX).unwrap().unwrap(), 4);
    });
    assert_eq!(
        seen.lines()[2..],
        [
            "1 await 2",
            "1 suspend 2",
            "1 resume 2",
            "1 return 2 TimedOut",
            "2 complete 4",
            "1 await 2",
            "2 free",
            "1 return 2 Outcome",
        ]
    );
}

#[test]
fn a_sleep_completes() {
    let seen = alone(|| sleep(Duration::from_millis(1)));
    assert_eq!(
        seen.lines()[1..],
        [
            "2 create by 1",
            "1 await 2",
            "1 suspend 2",
            "1 resume 2",
            "1 return 2 TimedOut",
            "2 complete ()",
            "2 free",
        ]
    );
}

#[test]
fn a_scope_runs_its_children_and_cancels_those_of_a_failed_one() {
    let seen = alone(|| scope(|s| invoke!(s => || ()).detach()));
    assert_eq!(
        seen.lines()[1..],
        ["2 invoke by 1", "2 promised", "2 start lent by 1", "2 complete", "2 free"]
    );
    let seen = alone(|| {
        let failed = catch_unwind(AssertUnwindSafe(|| {
            scope(|s| {
                invoke!(s => || panic!("meant")).detach();
                invoke!(s => || ()).detach();
            });
        }));
        assert!(failed.is_err());
    });
    assert_eq!(
        seen.lines()[5..],
        [
            "2 start lent by 1",
            "2 fail Panicked",
            "2 free",
            "3 cancel",
            "3 fail Cancelled",
            "3 free"
        ]
    );
}
