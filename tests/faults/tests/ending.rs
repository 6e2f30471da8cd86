//! The process ends with work of every kind in flight: at once, and with the status that was meant.
//!
//! See also `shutdown.rs` and `failure_reports.rs` in `tests/tests`.

mod child;

use std::os::unix::process::ExitStatusExt;

use child::{faulty, output};

/// Often, as an end may meet each of the others anywhere.
const TIMES: usize = 25;

fn ends_with(what: &str, code: i32, says: &str) {
    for _ in 0..TIMES {
        let output = output(faulty(&[what]));
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), says, "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn main_returns() {
    ends_with("main-returns", 3, "main returns\n");
}

#[test]
fn main_exits() {
    ends_with("exit-in-main", 4, "main exits\n");
}

#[test]
fn an_invocation_exits() {
    ends_with("exit-in-an-invocation", 5, "an invocation exits\n");
}

#[test]
fn an_invocation_aborts() {
    for _ in 0..TIMES {
        let output = output(faulty(&["abort-in-an-invocation"]));
        assert_eq!(output.status.signal(), Some(6), "{output:?}");
    }
}
