//! Subscribers: the fmt layer, one that panics, and one beside hooks that make spans of their own.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use async_mech::{EventLoop, current, inherit, invocable, invoke};
use tests::Watchdog;
use tests_tracing::Spans;
use tracing::span::{Attributes, Id};
use tracing::{Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// What has been written, to be read.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[invocable]
fn article() -> u32 {
    info!("outer");
    let inner = invoke!(|| {
        info!("inner");
        42
    });
    2 * inner.await
}

#[test]
fn fmt_shows_the_article_s_executions_in_each_other() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let written = Written::default();
    let writer = written.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time();
    let root = event_loop.run(|| current().id().as_u64());
    let line = line!() + 2;
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        assert_eq!(event_loop.run(|| invoke!(article()).wait()), 84);
    });
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let [outer, inner] = *text.lines().collect::<Vec<_>>() else { panic!("{text}") };
    let file = file!();
    let begin = " INFO invocation{otel.name=\"article\" id=";
    let (id, rest) = outer.strip_prefix(begin).expect(outer).split_once(' ').unwrap();
    assert_eq!(
        rest,
        format!(
            "caller={root} code.file.path=\"{file}\" code.line.number={line}}}: subscribers: outer"
        )
    );
    let outer_span = outer.strip_suffix(": subscribers: outer").unwrap();
    let rest = inner.strip_prefix(outer_span).expect(inner);
    assert!(rest.starts_with(":invocation{otel.name=\"closure\" id="), "{rest}");
    assert!(rest.contains(&format!(" caller={id} ")), "{rest}");
    assert!(rest.ends_with("}: subscribers: inner"), "{rest}");
}

fn leaf() {
    let _leaf = info_span!("leaf").entered();
}

/// Panics where it is told to.
struct Panics(&'static str);

impl<S: Subscriber> Layer<S> for Panics {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.at("new");
    }

    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        self.at("enter");
    }

    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        self.at("exit");
    }

    fn on_close(&self, _: Id, _: Context<'_, S>) {
        self.at("close");
    }
}

impl Panics {
    fn at(&self, place: &str) {
        if self.0 == place {
            std::panic::resume_unwind(Box::new("the subscriber panics"));
        }
    }
}

#[test]
fn a_subscriber_that_panics_fails_the_promise() {
    for lend in [false, true] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        for place in ["enter", "exit", "close"] {
            let subscriber = tracing_subscriber::registry().with(Panics(place));
            let failure = tracing::subscriber::with_default(subscriber, || {
                event_loop.run(|| invoke!(|| 1).outcome()).unwrap_err()
            });
            assert_eq!(failure.message(), "the subscriber panics", "{place}");
        }
        let subscriber = tracing_subscriber::registry().with(Panics("new"));
        let invoked = tracing::subscriber::with_default(subscriber, || {
            event_loop.run(|| std::panic::catch_unwind(|| invoke!(|| 1).detach()))
        });
        assert!(invoked.is_err());
        assert_eq!(event_loop.run(|| invoke!(|| 1).wait()), 1);
    }
}

#[test]
fn hooks_with_spans_of_their_own_are_inside_the_span_and_leave_it_as_it_was() {
    thread_local!(static HOOKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
    inherit(|| {
        // Hooks are the whole process's; the other tests want none.
        let span = HOOKED.get().then(|| info_span!("hook"));
        move || span.map(tracing::Span::entered)
    });
    for lend in [false, true] {
        let event_loop = EventLoop::builder().lend_threads(lend).build();
        let _watchdog = Watchdog::over(&event_loop);
        let spans = Spans::default();
        let subscriber = tracing_subscriber::registry().with(spans.clone());
        tracing::subscriber::with_default(subscriber, || {
            event_loop.run(|| {
                let _request = info_span!("request").entered();
                HOOKED.set(true);
                let p = invoke!(leaf());
                HOOKED.set(false);
                p.wait();
                info!("done");
            });
        });
        spans.assert_over(1);
        assert_eq!(spans.tree(), "request\n  hook\n    leaf\n  leaf\n");
        assert_eq!(spans.of("request").events, ["done"]);
    }
}
