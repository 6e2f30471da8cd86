//! Promises without a function: resolved, failed or abandoned, from any thread.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use async_mech::{FailureKind, Resolver, invoke, promise};

#[test]
fn another_thread_may_resolve_a_promise() {
    let (p, resolver) = promise();
    let thread = thread::spawn(move || resolver.resolve(42));
    assert_eq!(p.wait(), 42);
    thread.join().unwrap();
}

#[test]
fn an_execution_may_resolve_the_promise_that_its_caller_awaits() {
    let (p, resolver) = promise();
    invoke!(move || resolver.resolve("reply")).detach();
    assert_eq!(p.wait(), "reply");
}

#[test]
fn an_execution_may_await_what_its_caller_resolves_later() {
    let (p, resolver) = promise();
    let doubled = invoke!(move || p.wait() * 2);
    assert!(!doubled.is_completed());
    resolver.resolve(21);
    assert_eq!(doubled.wait(), 42);
}

#[derive(Debug)]
struct NoReply {
    code: u32,
}

impl fmt::Display for NoReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no reply, code {}", self.code)
    }
}

impl Error for NoReply {}

#[test]
fn a_resolver_may_fail_its_promise_with_an_error() {
    let (p, resolver) = promise::<u32>();
    let id = p.id();
    let thread = thread::spawn(move || resolver.fail(NoReply { code: 7 }));
    let failure = p.outcome().unwrap_err();
    thread.join().unwrap();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert_eq!(failure.message(), "no reply, code 7");
    assert_eq!((failure.id(), failure.file()), (id, file!()));
    let source = failure.source().expect("the error");
    assert_eq!(source.downcast_ref::<NoReply>().map(|error| error.code), Some(7));
    let failure = failure.into_panic().expect_err("it was no panic");
    assert_eq!(failure.message(), "no reply, code 7");
}

/// An error whose text cannot be had.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

impl Error for Unspeakable {}

#[test]
fn an_error_that_panics_when_it_is_asked_for_its_text_abandons_the_promise() {
    let (p, resolver) = promise::<u32>();
    let payload = catch_unwind(AssertUnwindSafe(|| resolver.fail(Unspeakable))).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no text"));
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
}

#[test]
fn a_dropped_resolver_fails_its_promise_as_abandoned() {
    let (p, resolver) = promise::<u32>();
    drop(resolver);
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Abandoned);
    assert_eq!(failure.name(), "promise");
    assert!(failure.to_string().contains("its resolver was dropped"), "{failure}");
}

#[test]
fn a_resolver_dropped_on_another_thread_wakes_every_awaiter() {
    let (p, resolver) = promise::<u32>();
    let awaiters: Vec<_> = (0..20)
        .map(|_| {
            let p = p.clone();
            invoke!(move || p.outcome().unwrap_err().kind())
        })
        .collect();
    thread::spawn(move || drop(resolver)).join().unwrap();
    for awaiter in awaiters {
        assert_eq!(awaiter.wait(), FailureKind::Abandoned);
    }
    assert!(p.outcome().is_err());
}

#[test]
fn a_resolver_dropped_by_a_panic_fails_its_promise() {
    let (p, resolver) = promise::<u32>();
    let callee = invoke!(move || -> () {
        let _resolver: Resolver<u32> = resolver;
        panic!("before it could reply");
    });
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Abandoned);
    assert_eq!(callee.outcome().unwrap_err().message(), "before it could reply");
}

#[test]
fn a_resolver_nobody_waits_for_any_more_drops_what_it_is_given() {
    let value = Arc::new(());
    let (p, resolver) = promise();
    drop(p);
    resolver.resolve(Arc::clone(&value));
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_resolver_may_outlive_the_loop_it_was_made_in() {
    let event_loop = async_mech::EventLoop::builder().build();
    let (p, resolver) = event_loop.run(promise::<u32>);
    drop(event_loop);
    resolver.resolve(1);
    assert_eq!(p.wait(), 1);
}

#[test]
fn a_promise_resolved_within_its_awaiters_destructor_still_wakes_others() {
    struct Resolves(Option<Resolver<u32>>);
    impl Drop for Resolves {
        fn drop(&mut self) {
            self.0.take().expect("once").resolve(3);
        }
    }
    let (p, resolver) = promise();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _resolves = Resolves(Some(resolver));
        invoke!(|| -> () { panic!("callee") }).wait();
    }));
    assert!(unwound.is_err());
    assert_eq!(p.wait(), 3);
}
