//! What the types of the API can do because of the traits that they have.

use std::collections::HashSet;
use std::panic::catch_unwind;

use async_mech::trace::{Kind, Trace};
use async_mech::{Builder, EventLoop, FailureKind, current, invoke, promise, sleep};

#[test]
fn whoever_catches_what_an_await_unwinds_with_needs_no_assertion() {
    let p = invoke!(|| -> u32 { std::panic::resume_unwind(Box::new("no")) });
    assert!(catch_unwind(|| p.wait()).is_err());
}

#[test]
fn handles_pass_through_a_catch_unwind() {
    let (p, resolver) = promise::<u32>();
    let (canceller, execution) = (p.canceller(), current());
    assert!(catch_unwind(|| (canceller.id(), execution.id())).is_ok());
    assert!(catch_unwind(|| resolver.resolve(4)).is_ok());
    let failure = invoke!(|| sleep(std::time::Duration::MAX));
    failure.cancel();
    let failure = failure.outcome().unwrap_err();
    assert_eq!(catch_unwind(|| failure.kind()).unwrap(), FailureKind::Cancelled);
    assert_eq!(p.wait(), 4);
}

#[test]
fn a_kind_of_failure_says_what_happened() {
    let failure = invoke!(sleep(std::time::Duration::MAX));
    failure.cancel();
    let failure = failure.outcome().unwrap_err();
    assert_eq!(failure.kind().to_string(), "was cancelled");
    assert!(failure.to_string().contains("was cancelled"));
    assert_eq!(format!("{:>9}", FailureKind::Panicked), " panicked");
}

#[test]
fn a_default_builder_is_that_of_the_loop() {
    let of_loop = format!("{:?}", EventLoop::builder());
    assert_eq!(format!("{:?}", Builder::default()), of_loop);
}

#[test]
fn events_are_compared_and_collected_into_a_trace() {
    let ((), trace) = Trace::record(|| invoke!(|| ()).wait());
    let again: Trace = trace.events().iter().rev().cloned().collect();
    assert_eq!(again.events(), trace.events(), "in order again");
    assert!(trace.events().iter().any(|event| event.kind == Kind::Invoke));
}

#[test]
fn what_is_shown_of_values_can_be_counted() {
    let (_, trace) = Trace::record(|| [invoke!(|| 7_u8).wait(), invoke!(|| 7_u8).wait()]);
    // Those of other tests are in it as well.
    let values = trace.events().iter().filter_map(|event| match &event.kind {
        Kind::Complete { value: Some(value) } if value.as_str() == "7" => Some(value.clone()),
        _ => None,
    });
    let values: Vec<_> = values.collect();
    assert!(values.len() >= 2);
    assert_eq!(values.into_iter().collect::<HashSet<_>>().len(), 1);
}
