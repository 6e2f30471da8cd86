//! What a failure makes a program print, and its exit status.

use std::process::Command;

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(program: &str) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_failing"))
        .arg(program)
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Ended {
    /// How many lines of stderr hold `text`.
    fn says(&self, text: &str) -> usize {
        self.stderr.lines().filter(|line| line.contains(text)).count()
    }

    fn assert_panics_printed(&self, times: usize) {
        assert_eq!(self.says("thread '"), times, "by the standard hook: {}", self.stderr);
    }
}

#[test]
fn a_failure_that_leaves_main_is_printed_and_exits_with_101() {
    let ended = run("await-in-main");
    assert_eq!(ended.code, Some(101));
    ended.assert_panics_printed(1);
    assert_eq!(ended.says("async-mech: execution #"), 1, "{}", ended.stderr);
    let last = ended.stderr.lines().last().expect("a line");
    assert!(last.contains("out of cheese") && last.contains("failing.rs:"), "{last}");
}

#[test]
fn the_panic_hook_names_the_execution_that_panics() {
    let ended = run("await-in-main");
    assert_eq!(ended.says(" panicked:"), 1, "{}", ended.stderr);
    assert!(ended.stderr.trim_start().starts_with("execution #"), "{}", ended.stderr);
}

#[test]
fn an_await_that_unwinds_prints_no_second_panic_message() {
    let ended = run("await-through-two");
    assert_eq!(ended.code, Some(101));
    ended.assert_panics_printed(1);
    let lines: Vec<_> = ended.stderr.lines().rev().take(2).collect();
    assert!(lines[1].ends_with("failed, for it awaited"), "{lines:?}");
    assert!(lines[0].starts_with("  execution #"), "{lines:?}");
    assert!(lines[0].ends_with("out of cheese"), "{lines:?}");
}

#[test]
fn a_panic_of_main_itself_is_printed_once_and_exits_with_101() {
    let ended = run("main-panics");
    assert_eq!(ended.code, Some(101));
    assert_eq!(ended.says("main is out of cheese"), 1, "{}", ended.stderr);
    assert_eq!(ended.says("async-mech"), 0, "{}", ended.stderr);
}

#[test]
fn an_error_that_main_returns_exits_with_1_as_ever() {
    let ended = run("main-returns-an-error");
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.says("no cheese was ordered"), 1, "{}", ended.stderr);
}

#[test]
fn an_abandoned_promise_awaited_in_main_says_so_and_exits_with_101() {
    let ended = run("abandoned");
    assert_eq!(ended.code, Some(101));
    ended.assert_panics_printed(0);
    assert_eq!(ended.says("was abandoned: its resolver was dropped"), 1, "{}", ended.stderr);
}

#[test]
fn a_failure_that_was_looked_at_is_the_programs_business() {
    let ended = run("looked-at");
    assert_eq!(ended.code, Some(0));
    ended.assert_panics_printed(1);
    assert_eq!(ended.says("async-mech: "), 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("failing.rs:"), "{}", ended.stdout);
}

#[test]
fn a_failure_taken_as_an_outcome_goes_no_further() {
    let ended = run("caught-by-callee");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "true\n"));
    assert_eq!(ended.stderr, "");
}

#[test]
fn a_failure_nobody_looked_at_is_reported_once() {
    let ended = run("nobody-looked");
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.says("nobody looked at a failure"), 1, "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn of_a_thousand_that_are_alike_few_are_reported_and_what_differs_is() {
    let ended = run("nobody-looked-at-many");
    assert_eq!(ended.code, Some(0));
    let one_by_one = ended.says("nobody looked at a failure: ");
    assert_eq!(one_by_one, 4 + 1, "{}", ended.stderr);
    let doubled = ended.says("nobody looked at a failure, nor at ");
    assert_eq!(doubled, 7, "8 to 512: {}", ended.stderr);
    assert_eq!(ended.says("nor at 255 like it that are not shown: "), 1, "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 4 + 7 + 1, "{}", ended.stderr);
}

#[test]
fn what_a_shutdown_cancels_is_not_reported() {
    let ended = run("shut-down-while-queued");
    assert_eq!((ended.code, &*ended.stdout, &*ended.stderr), (Some(0), "1\n", ""));
}

#[test]
fn what_is_invoked_after_a_shutdown_is_reported() {
    let ended = run("invoked-when-shut-down");
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.says("the event loop has been shut down"), 1, "{}", ended.stderr);
}

#[test]
fn main_that_fails_says_so_once_and_exits_with_101() {
    let ended = run("main-fails");
    assert_eq!(ended.code, Some(101));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert_eq!(ended.says("`main` ("), 1, "{}", ended.stderr);
    assert_eq!(ended.says("failed: no cheese was ordered"), 1, "{}", ended.stderr);
}

#[test]
fn a_failure_that_main_returns_is_shown_with_a_line_for_each_execution() {
    let ended = run("main-returns-a-failure");
    assert_eq!(ended.code, Some(1));
    let shown = ended.stderr.lines().skip_while(|line| !line.starts_with("Error: execution #"));
    let shown: Vec<_> = shown.collect();
    assert_eq!(shown.len(), 2, "{}", ended.stderr);
    assert!(shown[0].ends_with(") failed, for it awaited"), "{shown:?}");
    assert!(shown[1].starts_with("  execution #") && shown[1].contains("panicked"), "{shown:?}");
}

#[test]
fn a_failure_that_one_holder_looked_at_is_not_reported() {
    let ended = run("one-of-two-looked");
    assert_eq!((ended.code, &*ended.stderr), (Some(0), ""));
}

#[test]
fn an_await_that_fails_on_a_foreign_thread_is_reported_once() {
    let ended = run("awaited-on-a-foreign-thread");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "true true\n"));
    assert_eq!(ended.says("an await failed"), 1, "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn what_still_runs_ends_with_main() {
    let ended = run("still-running");
    assert_eq!((ended.code, &*ended.stdout), (Some(0), "main returns\n"));
}
