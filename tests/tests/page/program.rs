//! A moderately complex run: lent threads and others, combinators, links, failures, cancellation.

use std::time::Duration;

use tests::until_completed;

use crate::records::record;
use async_mech::trace::Trace;
use async_mech::{EventLoop, Promise, checkpoint, invocable, invoke, promise, sleep};

#[invocable]
pub(crate) fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let a = invoke!(fib(n - 1));
    let b = invoke!(fib(n - 2));
    a.wait() + b.wait()
}

#[invocable]
fn pick(n: u32) -> u32 {
    assert!(n != 3, "no {n}");
    n
}

/// Recorded from before its loop was made until after its end.
pub(crate) fn run() -> Trace {
    record(|| {
        EventLoop::builder().build().run(|| {
            let sum = invoke!(fib(5));
            let picked = Promise::all_settled((0..6).map(|n| invoke!(pick(n))));
            let first = Promise::race([invoke!(|| 1), invoke!(|| 2)]);
            let twice = invoke!(|| invoke!(|| 7)).flatten().then(|n| 2 * n);
            let (given, resolver) = promise::<u32>();
            let waiters: Vec<_> = (0..3)
                .map(|_| {
                    let given = given.clone();
                    invoke!(move || given.wait())
                })
                .collect();
            let endless = invoke!(|| loop {
                sleep(Duration::from_secs(60));
                checkpoint();
            });
            endless.cancel();
            let _: Result<(), _> = endless.outcome();
            // An await that ends before its promise.
            let given_later = given.wait_timeout(Duration::from_millis(1)).unwrap_err();
            let given = given_later.into_promise();
            // Decided by an input that is there, before it is linked to the other one.
            let one = invoke!(|| 1);
            until_completed(&one);
            assert_eq!(Promise::race([one, given.clone()]).wait(), 1);
            resolver.resolve(5);
            assert_eq!(waiters.into_iter().map(Promise::wait).sum::<u32>(), 15);
            assert_eq!((sum.wait(), twice.wait()), (5, 14));
            assert!(first.wait() < 3);
            assert_eq!(picked.wait().iter().filter(|outcome| outcome.is_err()).count(), 1);
        });
    })
}
