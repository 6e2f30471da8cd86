//! `tracing` spans that follow invocations, by a hook of `inherit`. A program of its own: hooks are
//! the whole process's.
//!
//! The hook makes a span for each invocation. To enter the caller's own would not do on a lent
//! thread: there it has been entered already, and to enter a span twice does not make it the
//! current one again.

use std::sync::Once;

use async_mech::{EventLoop, Promise, inherit, invocable, invoke, map_bounded};
use tests::{Watchdog, occupy};
use tracing::{Span, info_span};
use tracing_subscriber::registry;

/// The names of the spans that the calling code is in, the innermost first.
fn spans() -> Vec<&'static str> {
    let mut names = Vec::new();
    tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<registry::Registry>().unwrap();
        let span = Span::current().id().and_then(|id| {
            use registry::LookupSpan;
            registry.span(&id)
        });
        let scope = span.iter().flat_map(|span| span.scope());
        names = scope.map(|span| span.name()).collect();
    });
    names
}

/// Lets spans follow, in the whole process.
fn spans_follow() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
        inherit(|| {
            // Its parent is the caller's current span.
            let span = info_span!("invocation");
            move || span.entered()
        });
    });
}

#[invocable]
fn step() -> Vec<&'static str> {
    let _step = info_span!("step").entered();
    invoke!(spans()).await
}

#[invocable(own_thread)]
fn on_its_own() -> Vec<&'static str> {
    spans()
}

fn spans_are_inherited() {
    assert_eq!(invoke!(spans()).wait(), ["invocation"]);
    let request = info_span!("request").entered();
    let p = invoke!(step());
    let own = invoke!(on_its_own());
    let bounded = map_bounded(0..3, 2, |_| spans());
    let other = info_span!("other").entered();
    assert_eq!(p.wait(), ["invocation", "step", "invocation", "request"]);
    assert_eq!(spans(), ["other", "request"], "the awaiter is where it was");
    // On a thread of its own it inherits from the execution whose lent thread it leaves.
    let own = own.wait();
    assert_eq!((own[0], own[own.len() - 1]), ("invocation", "request"));
    assert!(!own.contains(&"other"));
    // Items are invoked by `next`.
    bounded.for_each(|spans| assert_eq!(spans.unwrap(), ["invocation", "other", "request"]));
    drop(other);
    let fails = invoke!(|| {
        let _inside = info_span!("inside").entered();
        std::panic::resume_unwind(Box::new(spans()))
    });
    let failure = fails.outcome().map(|()| "never").unwrap_err();
    let seen = failure.into_panic().unwrap().downcast::<Vec<&str>>().unwrap();
    assert_eq!(*seen, ["inside", "invocation", "request"]);
    assert_eq!(spans(), ["request"]);
    drop(request);
    assert_eq!(spans(), [""; 0]);
}

#[test]
fn a_span_follows_invocations_on_threads_of_their_own() {
    spans_follow();
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(spans_are_inherited);
    event_loop.run(spans_are_inherited);
}

#[test]
fn a_span_follows_invocations_on_lent_threads_and_the_awaiter_finds_its_own_again() {
    spans_follow();
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(spans_are_inherited);
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let _request = info_span!("request").entered();
        assert_eq!(invoke!(step()).wait(), ["invocation", "step", "invocation", "request"]);
        assert_eq!(spans(), ["request"]);
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}
