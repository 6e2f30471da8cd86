//! Where the text of values is cut, which is set for the whole process: so all of it is one test.

use std::fmt::{self, Debug, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::trace::{Event, Kind, Text, cut_values_at};
use async_mech::{EventLoop, invocable, invoke};
use tests::Watchdog;

#[invocable]
fn same(text: String) -> String {
    text
}

#[invocable]
fn counting(counts: &Counts) -> usize {
    counts.0.len()
}

/// Counts what it writes.
struct Counts(&'static str);

static WRITTEN: AtomicUsize = AtomicUsize::new(0);

impl Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars().cycle() {
            f.write_char(c)?;
            WRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn events_of<T>(f: impl FnOnce() -> T) -> Vec<Event> {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let events = event_loop.subscribe();
    drop(event_loop.run(f));
    events.try_iter().collect()
}

/// The one argument of the one function, and the result.
fn texts(events: &[Event]) -> [Text; 2] {
    let argument = events.iter().find_map(|event| match &event.kind {
        Kind::Enter { arguments } => Some(arguments[0].1.clone()),
        _ => None,
    });
    let result = events.iter().find_map(|event| match &event.kind {
        Kind::Complete { value } => value.clone(),
        _ => None,
    });
    [argument.unwrap(), result.unwrap()]
}

#[test]
fn texts_are_cut_at_the_length_that_is_set() {
    let shown = |text: &'static str| {
        let [argument, result] = texts(&events_of(|| invoke!(same(text.into())).wait()));
        assert_eq!(argument, result);
        (argument.to_string(), argument.is_cut())
    };

    let long: &'static str = "é".repeat(1 << 20).leak();
    // 200 bytes: the quote, and as many characters as fit.
    assert_eq!(shown(long), (format!("\"{}…", "é".repeat(99)), true));

    cut_values_at(6);
    assert_eq!(shown("abcd"), (r#""abcd""#.to_owned(), false));
    assert_eq!(shown("abcde"), (r#""abcde…"#.to_owned(), true));
    assert_eq!(shown("\n\n\n"), (r#""\n\n\…"#.to_owned(), true));

    cut_values_at(0);
    assert_eq!(shown("a"), ("…".to_owned(), true));

    // What is cut off was never written.
    cut_values_at(10);
    let [argument, _] = texts(&events_of(|| invoke!(|| counting(&Counts("abc"))).wait()));
    assert_eq!(argument.as_str(), "abcabcabca");
    assert_eq!(WRITTEN.load(Ordering::Relaxed), 10);

    // Only what is set from now on.
    cut_values_at(usize::MAX);
    assert_eq!(shown("abcdefghijkl"), (r#""abcdefghijkl""#.to_owned(), false));
}
