//! How spans end, and what they say of failures.

use async_mech::{EventLoop, Promise, invocable, invoke};
use tests::{Watchdog, occupy};
use tests_tracing::Spans;
use tracing_subscriber::layer::SubscriberExt;

/// Runs `f` with a subscriber of its own, and gives it the spans.
fn with_spans(event_loop: &EventLoop, f: impl FnOnce(&Spans)) -> Spans {
    let _watchdog = Watchdog::over(event_loop);
    let spans = Spans::default();
    let subscriber = tracing_subscriber::registry().with(spans.clone());
    tracing::subscriber::with_default(subscriber, || event_loop.run(|| f(&spans)));
    spans
}

/// Loops that lend threads, and that never do.
fn event_loops() -> [EventLoop; 2] {
    [false, true].map(|lend| EventLoop::builder().lend_threads(lend).build())
}

/// Type, code and description of the failure that the function's span speaks of.
fn failure_of(spans: &Spans, function: &str) -> [Option<String>; 3] {
    let seen = spans.of(function);
    ["error.type", "otel.status_code", "otel.status_description"]
        .map(|name| seen.field(name).map(str::to_owned))
}

fn failed(kind: &str, message: &str) -> [Option<String>; 3] {
    [kind, "ERROR", message].map(|text| Some(text.to_owned()))
}

fn panics() {
    std::panic::resume_unwind(Box::new("out of cheese"));
}

#[invocable]
fn awaits_what_panics() {
    invoke!(panics()).await;
}

#[invocable(own_thread)]
fn panics_on_its_own() {
    std::panic::resume_unwind(Box::new(String::from("out of bread")));
}

fn panics_with_a_number() {
    std::panic::resume_unwind(Box::new(7));
}

fn succeeds() {}

#[test]
fn a_failure_is_recorded_in_each_execution_that_it_passes() {
    for event_loop in event_loops() {
        let spans = with_spans(&event_loop, |_| {
            assert!(invoke!(awaits_what_panics()).outcome().is_err());
            assert!(invoke!(panics_on_its_own()).outcome().is_err());
            assert!(invoke!(panics_with_a_number()).outcome().is_err());
            invoke!(succeeds()).wait();
        });
        spans.assert_over(1);
        assert_eq!(failure_of(&spans, "panics"), failed("panicked", "out of cheese"));
        assert_eq!(failure_of(&spans, "awaits_what_panics"), failed("panicked", "out of cheese"));
        assert_eq!(failure_of(&spans, "panics_on_its_own"), failed("panicked", "out of bread"));
        let text = "a value that is not a string";
        assert_eq!(failure_of(&spans, "panics_with_a_number"), failed("panicked", text));
        assert_eq!(failure_of(&spans, "succeeds"), [None, None, None]);
    }
}

#[test]
fn a_span_is_closed_when_the_execution_ends_and_not_when_the_promise_is_dropped() {
    for event_loop in event_loops() {
        with_spans(&event_loop, |spans| {
            let p = invoke!(succeeds());
            p.clone().wait();
            assert_eq!(spans.of("succeeds").closed, 1);
            drop(p);
            assert_eq!(spans.of("succeeds").closed, 1);
        });
    }
}

#[test]
fn a_span_outlives_its_promise_until_the_execution_ends() {
    let event_loop = EventLoop::builder().build();
    with_spans(&event_loop, |spans| {
        let (input, resolver) = async_mech::promise::<()>();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let waits = move || {
            input.wait();
            end
        };
        invoke!(waits()).then(drop).detach();
        assert_eq!(spans.of("waits").closed, 0);
        resolver.resolve(());
        // Closed by the one that `then` invokes, with the value of the one before.
        assert!(ended.recv().is_err());
        assert_eq!(spans.of("waits").closed, 1);
    });
}

#[test]
fn what_never_started_says_why_and_was_never_entered() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = occupy(&event_loop, 1);
    let spans = with_spans(&event_loop, |_| {
        let p = invoke!(succeeds());
        p.cancel();
        assert!(p.outcome().is_err());
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    spans.assert_over(0);
    let seen = spans.of("succeeds");
    assert_eq!(seen.enters, 0);
    assert_eq!(seen.field("error.type"), Some("cancelled"));
    assert_eq!(seen.field("otel.status_code"), Some("ERROR"));
}

#[test]
fn a_cancelled_execution_says_so() {
    let event_loop = EventLoop::builder().build();
    let spans = with_spans(&event_loop, |_| {
        let (begun, begins) = std::sync::mpsc::channel();
        let (input, _resolver) = async_mech::promise::<()>();
        let waits = move || {
            begun.send(()).unwrap();
            input.wait();
        };
        let p = invoke!(waits());
        begins.recv().unwrap();
        p.cancel();
        assert!(p.outcome().is_err());
    });
    spans.assert_over(1);
    assert_eq!(spans.of("waits").field("error.type"), Some("cancelled"));
}
