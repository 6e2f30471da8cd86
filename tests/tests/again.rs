//! Cells are used again: what is invoked after a promise is over takes over its cell, if it has the
//! same type. Nothing of the one may be seen in the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{
    Canceller, Execution, Failure, FailureKind, Promise, current, invocable, invoke, promise,
};
use tests::{kind_of, with_a_busy_loop};

#[invocable]
fn double(n: u64) -> u64 {
    n * 2
}

#[invocable]
fn describe(text: &'static str, times: usize) -> String {
    text.repeat(times)
}

#[test]
fn each_invocation_has_its_own_id_value_and_name() {
    with_a_busy_loop(true, || {
        let mut last = None;
        for n in 0..1_000 {
            let p = invoke!(double(n));
            assert_eq!(p.name(), "double");
            assert!(!p.is_completed());
            assert!(last < Some(p.id()), "ids grow");
            last = Some(p.id());
            assert_eq!(p.wait(), n * 2);
            if n % 3 == 0 {
                let p = invoke!(describe("ab", 3));
                assert_eq!(p.name(), "describe");
                assert_eq!(p.wait(), "ababab");
            }
        }
    });
}

/// Counts how many there are.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(live: &Arc<AtomicUsize>) -> Counted {
        live.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(live))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[invocable]
fn passes(it: Counted, fails: bool) -> Counted {
    assert!(!fails, "it was to fail");
    it
}

#[test]
fn arguments_and_values_are_dropped_before_the_next_invocation() {
    with_a_busy_loop(true, || {
        let live = Arc::new(AtomicUsize::new(0));
        for n in 0..200 {
            let fails = n % 5 == 0;
            let p = invoke!(passes(Counted::new(&live), fails));
            let other = invoke!(passes(Counted::new(&live), false));
            let cancelled = invoke!(passes(Counted::new(&live), false));
            cancelled.cancel();
            assert_eq!(kind_of(cancelled.outcome()), FailureKind::Cancelled);
            assert_eq!(live.load(Ordering::SeqCst), 2);
            assert_eq!(p.outcome().is_err(), fails);
            assert_eq!(live.load(Ordering::SeqCst), 1, "of the one that is dropped below");
            assert!(other.outcome().is_ok());
            assert_eq!(live.load(Ordering::SeqCst), 0);
        }
    });
}

#[test]
fn a_failure_says_whose_it_is() {
    with_a_busy_loop(true, || {
        let live = Arc::default();
        let failures: Vec<(_, Failure)> = (0..20)
            .map(|_| {
                let p = invoke!(passes(Counted::new(&live), true));
                (p.id(), p.outcome().err().expect("it fails"))
            })
            .collect();
        for (id, failure) in &failures {
            assert_eq!(failure.id(), *id);
        }
    });
}

#[invocable]
fn asked() -> Execution {
    current()
}

/// At one place, so that all have one type.
fn ask() -> Promise<Execution> {
    invoke!(asked())
}

#[test]
fn an_execution_that_was_kept_is_not_the_next_one() {
    with_a_busy_loop(true, || {
        let kept: Vec<_> = (0..10).map(|_| ask().wait()).collect();
        let next = ask();
        next.cancel();
        for execution in &kept {
            assert_ne!(execution.id(), next.id());
            assert!(!execution.is_cancelled(), "another one was");
        }
        assert_eq!(kind_of(next.outcome()), FailureKind::Cancelled);
    });
}

#[invocable]
fn cancelled(by: Option<Canceller>) -> bool {
    if let Some(by) = by {
        by.cancel();
    }
    current().is_cancelled()
}

#[test]
fn a_cancellation_is_not_passed_on() {
    with_a_busy_loop(true, || {
        for _ in 0..20 {
            // It gets its own canceller by way of another promise.
            let (canceller, resolver) = promise();
            let p = invoke!(|| cancelled(Some(canceller.wait())));
            resolver.resolve(p.canceller());
            assert!(p.wait());
            let q = invoke!(cancelled(None));
            assert!(!q.is_cancelled());
            assert!(!q.wait());
        }
    });
}
