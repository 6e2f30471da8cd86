//! Combinators: which inputs a promise depends on, and which of them decides. The value is that of an
//! input, which is shown there, if it is to be shown.

use std::time::Duration;

use async_mech::{Promise, Resolver, invoke, promise};

use crate::seen::{Seen, alone};

/// Two inputs, 2 and 3, of a promise, 4, which is awaited when they are completed.
fn pair<T: Send + 'static>(
    combine: impl FnOnce([Promise<u32>; 2]) -> Promise<T>,
    complete: impl FnOnce(Resolver<u32>, Resolver<u32>),
) -> Seen {
    alone(|| {
        let (a, for_a) = promise::<u32>();
        let (b, for_b) = promise::<u32>();
        let p = combine([a, b]);
        complete(for_a, for_b);
        let _ = p.outcome();
    })
}

const LINKED: [&str; 3] = ["4 create by 1", "2 link to 4", "3 link to 4"];

#[test]
fn the_first_wins_a_race() {
    let seen = pair(Promise::race, |a, b| {
        b.resolve(2);
        a.resolve(1);
    });
    assert_eq!(seen.lines()[3..6], LINKED);
    assert_eq!(
        seen.lines()[6..],
        [
            "3 complete 2",
            "4 settle by 3",
            "3 free",
            "4 complete",
            "2 complete 1",
            "2 free",
            "1 await 4",
            "4 free",
            "1 return 4 Outcome",
        ]
    );
}

#[test]
fn a_failure_does_not_decide_any() {
    let seen = pair(Promise::any, |a, b| {
        a.fail(std::fmt::Error);
        b.resolve(2);
    });
    assert_eq!(
        seen.lines()[6..11],
        ["2 fail Failed", "3 complete 2", "4 settle by 3", "3 free", "4 complete"]
    );
    let seen = pair(Promise::any, |a, b| {
        b.fail(std::fmt::Error);
        a.fail(std::fmt::Error);
    });
    assert_eq!(seen.of_one(4)[1..], ["settle by 2", "fail Failed", "free"]);
}

#[test]
fn the_last_value_or_the_first_failure_decides_all() {
    let seen = pair(Promise::all, |a, b| {
        b.resolve(2);
        a.resolve(1);
    });
    assert_eq!(seen.of_one(4)[1..], ["settle by 2", "complete", "free"]);
    let seen = pair(Promise::all, |a, b| {
        b.fail(std::fmt::Error);
        drop(a);
    });
    assert_eq!(seen.of_one(4)[1..], ["settle by 3", "fail Failed", "free"]);
    let seen = pair(Promise::all_settled, |a, b| {
        b.fail(std::fmt::Error);
        drop(a);
    });
    assert_eq!(seen.of_one(4)[1..], ["settle by 2", "complete", "free"]);
}

#[test]
fn of_no_inputs_none_decides() {
    let seen = alone(|| drop(Promise::all(Vec::<Promise<()>>::new()).wait()));
    assert_eq!(seen.of_one(2), ["create by 1", "settle", "complete", "free"]);
    let seen = alone(|| drop(Promise::race(Vec::<Promise<()>>::new()).outcome()));
    assert_eq!(seen.of_one(2), ["create by 1", "settle", "fail Failed", "free"]);
}

#[test]
fn the_last_pending_input_runs_on_the_awaiters_thread() {
    let seen = alone(|| drop(Promise::all([invoke!(|| 1)]).wait()));
    assert_eq!(
        seen.lines()[3..],
        [
            "3 create by 1",
            "2 link to 3",
            "1 await 3",
            "2 start lent by 1",
            "2 complete 1",
            "3 settle by 2",
            "2 free",
            "3 complete",
            "3 free",
            "1 return 3 Outcome",
        ]
    );
}

#[test]
fn then_invokes_when_the_input_is_there() {
    let seen = alone(|| assert_eq!(invoke!(|| 1).then(|n| n + 1).wait(), 2));
    assert_eq!(
        seen.lines()[3..],
        [
            "3 create by 1",
            "2 link to 3",
            "1 await 3",
            "2 start lent by 1",
            "2 complete 1",
            "2 free",
            "4 invoke by 1",
            "4 link to 3",
            "4 start lent by 1",
            "4 complete 2",
            "4 free",
            "3 complete",
            "3 free",
            "1 return 3 Outcome",
        ]
    );
}

#[test]
fn flatten_depends_on_one_after_the_other() {
    let seen = alone(|| assert_eq!(invoke!(|| invoke!(|| 3)).flatten().wait(), 3));
    assert_eq!(
        seen.lines()[4..],
        [
            "2 link to 3",
            "1 await 3",
            "2 start lent by 1",
            "4 invoke by 2",
            "4 promised",
            "2 complete",
            "2 free",
            "4 link to 3",
            "4 start lent by 1",
            "4 complete 3",
            "4 free",
            "3 complete",
            "3 free",
            "1 return 3 Outcome",
        ]
    );
}

#[test]
fn a_tuple_waits_for_those_that_are_pending() {
    let seen = alone(|| {
        let (a, for_a) = promise::<u32>();
        let (b, for_b) = promise::<u32>();
        std::thread::spawn(move || for_a.resolve(1)).join().unwrap();
        let waits = std::thread::spawn(move || for_b.resolve(2));
        async_mech::wait((a, b));
        waits.join().unwrap();
    });
    let awaits: Vec<_> = seen.of_one(1).into_iter().filter(|it| it.contains("await")).collect();
    assert_eq!(awaits, ["await 2", "await 3"], "one that is completed, one alone");
}

#[test]
fn as_completed_waits_for_whichever_comes_next() {
    let seen = alone(|| {
        let (a, for_a) = promise::<u32>();
        let (b, for_b) = promise::<u32>();
        let mut outcomes = Promise::as_completed([a, b]);
        for_b.resolve(2);
        assert_eq!(outcomes.next().map(|(index, _)| index), Some(1));
        let p = invoke!(move || for_a.resolve(1));
        let waits = std::thread::spawn(move || outcomes.next().map(|(index, _)| index));
        while p.is_completed() {}
        p.wait();
        assert_eq!(waits.join().unwrap(), Some(0));
    });
    assert_eq!(seen.of_one(3), ["create by 1", "complete 2", "free"]);
    assert_eq!(seen.of_one(2)[0], "create by 1");
}

#[test]
fn timed_awaits_and_those_of_two_inputs_lend_nothing() {
    let seen = alone(|| {
        let p = Promise::all([invoke!(|| 1), invoke!(|| 2)]);
        drop(p.wait_timeout(Duration::ZERO).unwrap_err());
    });
    assert_eq!(seen.of_one(1), ["root", "await 4", "suspend 4", "resume 4", "return 4 TimedOut"]);
    assert!(!seen.lines().iter().any(|line| line.contains("start")));
}
