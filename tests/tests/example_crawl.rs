//! `crawl` counts what its own site holds, and can be ended early.
//!
//! One page of that site never answers: it keeps a crawl going that allows it an hour.

mod example_binary;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

static CRAWL: LazyLock<PathBuf> = LazyLock::new(|| example_binary::build("crawl"));

fn crawl(arguments: &[&str]) -> Output {
    Command::new(&*CRAWL).args(arguments).output().expect("crawl starts")
}

/// Stdout without its last line, which is the time.
fn summary(output: &Output) -> &str {
    let text = std::str::from_utf8(&output.stdout).expect("the output is UTF-8");
    let (summary, time) = text.trim_end().rsplit_once('\n').expect("several lines");
    assert!(time.starts_with("seconds "), "{text}");
    summary
}

/// The lines of stderr without the address of the site, in order.
fn reports(output: &Output) -> Vec<String> {
    let text = std::str::from_utf8(&output.stderr).expect("the reports are UTF-8");
    let without_address = |line: &str| {
        let rest = line.strip_prefix("crawl: http://127.0.0.1:").expect("a report");
        rest.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
    };
    let mut reports: Vec<_> = text.lines().map(without_address).collect();
    reports.sort();
    reports
}

#[test]
fn everything_on_its_own_site_is_counted_and_what_is_wrong_is_reported() {
    // Nothing but the page that never answers needs that long.
    let output = crawl(&["--timeout", "10"]);
    assert!(output.status.success(), "{output:?}");
    let expected = "\
crawled to the end
pages             345
  200             318
  302               8
  404              14
  500               5
failures            4
  cut off           1
  not HTTP          1
  timed out         1
  too long          1
links             647
  elsewhere         8
  malformed         4
bytes           25460";
    assert_eq!(summary(&output), expected);

    let mut expected = vec![
        "/, Ctrl-C ends it".to_owned(),
        "/babble: not HTTP: protocol: http parse fail: invalid HTTP version".to_owned(),
        "/cut-off: cut off: io: Peer disconnected".to_owned(),
        "/endless: too long: the response body is larger than request limit: 1048576".to_owned(),
        "/gone: 404".to_owned(),
        "/silence: timed out: timeout: global".to_owned(),
    ];
    expected.extend((0..5).map(|n| format!("/broken/{n}: 500")));
    expected.extend((7..250).step_by(20).map(|n| format!("/gone/{n}: 404")));
    expected.sort();
    assert_eq!(reports(&output), expected);
}

#[test]
fn so_many_pages_are_the_same_whatever_is_fetched_at_once() {
    let expected = "\
crawled to the end
pages               3
  200               3
failures            0
links              76
  elsewhere         8
  malformed         4
bytes            2793";
    for at_once in ["1", "2", "100"] {
        let output = crawl(&["--pages", "3", "--at-once", at_once, "--timeout", "3600"]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(summary(&output), expected);
        assert_eq!(reports(&output), ["/, Ctrl-C ends it"]);
    }
}

#[test]
fn a_deadline_ends_it_with_a_summary() {
    let output = crawl(&["--timeout", "3600", "--deadline", "1"]);
    assert!(output.status.success(), "{output:?}");
    assert!(summary(&output).starts_with("crawled until the deadline\npages "), "{output:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_with_a_summary() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut child = Command::new(&*CRAWL)
        .args(["--timeout", "3600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("crawl starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));

    // It crawls, and has met the one page that is gone and as near as the one that never answers.
    let (mut waits, mut missed) = (false, false);
    while !(waits && missed) {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).expect("UTF-8"), 0, "it ended by itself");
        waits |= line.ends_with(", Ctrl-C ends it\n");
        missed |= line.ends_with("/gone: 404\n");
    }
    let kill = Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
    assert!(kill.expect("kill starts").success());

    let mut rest = Vec::new();
    stderr.read_to_end(&mut rest).expect("stderr ends");
    let output = child.wait_with_output().expect("crawl ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let summary = summary(&output);
    assert!(summary.starts_with("crawled until interrupted\npages "), "{summary}");
    assert!(summary.contains("\n  404               1\n"), "{summary}");
    // Whatever more it said was about pages.
    let rest = Output { stderr: rest, ..output };
    let said = reports(&rest);
    assert!(said.iter().all(|line| line.starts_with('/')), "{said:?}");
}

#[test]
fn a_page_that_cannot_be_fetched_is_counted() {
    // Port 0 is nobody's.
    let output = crawl(&["http://127.0.0.1:0/"]);
    assert!(output.status.success(), "{output:?}");
    let summary = summary(&output);
    assert!(summary.contains("\nfailures            1\n  unreachable       1\n"), "{summary}");
}

#[test]
fn what_makes_no_sense_is_a_usage_error_with_status_2() {
    let wrong = [
        &["nowhere"][..],
        &["https://127.0.0.1/"],
        &["--pages"],
        &["--pages", "0"],
        &["--at-once", "some"],
        &["--deadline", "-1"],
        &["http://127.0.0.1/", "http://127.0.0.1/"],
        &["--verbose"],
    ];
    for arguments in wrong {
        let output = crawl(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(output.stderr.starts_with(b"usage: crawl "), "{arguments:?}");
    }
}
