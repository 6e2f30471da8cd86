//! `Task.yield` and `yield_many`: what is there after a while.

use std::time::{Duration, Instant};

use crate::{LATE, SOON, dies};
use async_mech::{Promise, invoke, promise};
use tests::{until_completed, watched};

/// `{:ok, value}`, `{:exit, reason}`, `nil`.
#[derive(Debug, PartialEq)]
enum Yielded {
    Ok(u32),
    Exit(String),
    Nothing,
}

fn yielded(p: Promise<u32>, patience: Duration) -> (Yielded, Option<Promise<u32>>) {
    match p.wait_timeout(patience) {
        Ok(Ok(value)) => (Yielded::Ok(value), None),
        Ok(Err(failure)) => (Yielded::Exit(failure.message().to_owned()), None),
        Err(timed_out) => (Yielded::Nothing, Some(timed_out.into_promise())),
    }
}

#[test]
fn has_three_cases_and_after_nothing_the_promise_is_as_good_as_before() {
    let _watchdog = watched();
    assert_eq!(yielded(invoke!(|| 1), LATE).0, Yielded::Ok(1));
    assert_eq!(yielded(invoke!(dies()), LATE).0, Yielded::Exit("oops".to_owned()));
    let (p, opens) = promise();
    let (nothing, p) = yielded(p, SOON);
    assert_eq!(nothing, Yielded::Nothing);
    let (nothing, p) = yielded(p.unwrap(), Duration::ZERO);
    assert_eq!(nothing, Yielded::Nothing);
    opens.resolve(3);
    assert_eq!(yielded(p.unwrap(), Duration::ZERO).0, Yielded::Ok(3));
}

#[test]
fn with_no_patience_is_a_look() {
    let (p, opens) = promise();
    let p = p.try_wait().unwrap_err();
    opens.resolve(3);
    assert_eq!(p.try_wait().unwrap().unwrap(), 3);
}

#[test]
fn many_pairs_each_promise_with_what_it_has_by_a_common_deadline() {
    let _watchdog = watched();
    let (pending, opens) = promise();
    let promises = [invoke!(|| 1), pending, invoke!(dies())];
    for p in [&promises[0], &promises[2]] {
        until_completed(p);
    }
    let deadline = Instant::now() + SOON;
    let yielded = promises.map(|p| p.wait_deadline(deadline));
    let [Ok(Ok(1)), Err(late), Ok(Err(failure))] = yielded else {
        panic!("not what each of them has")
    };
    assert_eq!(failure.message(), "oops");
    // `on_timeout`: nothing, ignore, or kill; here the promise is there to be kept, detached,
    // or cancelled.
    opens.resolve(2);
    assert_eq!(late.into_promise().wait(), 2);
}

#[test]
fn many_may_be_limited_to_the_first_results() {
    let _watchdog = watched();
    let (pending, opens): (Vec<_>, Vec<_>) = (0..3).map(|_| promise()).unzip();
    let mut opens: Vec<_> = opens.into_iter().map(Some).collect();
    let results = Promise::as_completed(pending);
    opens[2].take().unwrap().resolve(20);
    opens[0].take().unwrap().resolve(0);
    let first: Vec<_> = results.take(2).map(|(index, n)| (index, n.unwrap())).collect();
    assert_eq!(first, [(2, 20), (0, 0)]);
    opens[1].take().unwrap().resolve(10);
}
