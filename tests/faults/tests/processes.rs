//! Children, signals, and a debugger's stop and continue.

mod child;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use child::{ends_well, faulty};

#[test]
fn invocations_fork_and_exec_many_at_once() {
    ends_well(faulty(&["spawn", "100"]));
}

#[test]
fn a_signal_ends_no_wait() {
    ends_well(faulty(&["signals", "20"]));
}

#[test]
fn a_million_invocations_are_stopped_and_continued() {
    let mut child =
        faulty(&["million", "1000000"]).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), "begins");
    let signal = |signal: &str| {
        let process = child.id().to_string();
        // It may have ended.
        let _ = Command::new("kill").args([signal, &process]).output().expect("kill starts");
    };
    // Each stop is as long as a debugger takes to look; how long the rest takes decides nothing.
    let mut stops = 0;
    let done = thread::spawn(move || lines.collect::<Result<Vec<_>, _>>().expect("text"));
    while !done.is_finished() {
        signal("-STOP");
        thread::sleep(Duration::from_millis(2));
        signal("-CONT");
        thread::sleep(Duration::from_millis(2));
        stops += 1;
    }
    assert_eq!(done.join().expect("no panic"), ["all done"]);
    assert!(child.wait().expect("it ends").success());
    eprintln!("stopped {stops} times");
}
