//! Names and values that would rather be something else than text.

use crate::records::record;
use async_mech::trace::{Trace, cut_values_at};
use async_mech::{EventLoop, invocable, invoke};

/// What would run, if a page took it for markup.
pub(crate) const SCRIPT: &str =
    "</script><img src=x onerror=alert(1)><script>alert(2)</script><!-- <b>&amp;";
/// Quotes, line ends of all kinds, controls, and what only JavaScript takes for a line end.
pub(crate) const QUOTES: &str = "\"'`\\ \n \r\n \t \0 \u{7f} \u{2028} \u{2029} ${x} {{y}} \u{feff}";
/// From right to left, with marks that turn what follows round.
pub(crate) const RIGHT_TO_LEFT: &str = "שלום \u{202e}dlrow\u{202c} \u{2067}مرحبا 🏴‍☠️";
/// Of a megabyte, the beginning and the end.
pub(crate) const LONG: usize = 1 << 20;

#[derive(Debug)]
#[allow(dead_code, reason = "shown by its Debug")]
struct Generic<T>(T);

#[invocable]
fn show<T: std::fmt::Debug + Send + 'static>(value: T, text: String) -> String {
    drop(value);
    text
}

#[invocable(name = "</script><img src=x onerror=alert(3)>")]
fn named(text: String) -> String {
    text
}

fn generic<T>() -> usize {
    size_of::<T>()
}

#[invocable]
fn fail(text: String) {
    std::panic::panic_any(text);
}

/// A run with all of it.
pub(crate) fn run() -> Trace {
    // Of the whole process; the other tests' values are short.
    cut_values_at(2 << 20);
    record(|| {
        for text in [SCRIPT, QUOTES, RIGHT_TO_LEFT] {
            invoke!(show::<Generic<Option<&'static str>>>(Generic(Some("<i>")), text.to_owned()))
                .wait();
            invoke!(named(text.to_owned())).wait();
            assert!(invoke!(fail(text.to_owned())).outcome().is_err());
        }
        // Called after its type.
        EventLoop::global().invoke(generic::<Vec<Option<&'static str>>>).wait();
        invoke!(show(1, "x".repeat(LONG))).wait();
    })
}
