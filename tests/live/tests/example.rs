//! The example `live` serves the run that it is.

#[path = "../../tests/example_binary/mod.rs"]
mod example_binary;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use tests::watched;
use tests_live::{Events, get};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_example_prints_its_address_and_can_be_watched_there() {
    let _watchdog = watched();
    let mut command = Command::new(example_binary::build("live"));
    let child = command.arg("600").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut running = Running(child.expect("the example starts"));
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim_end().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let addr: SocketAddr = addr.expect(&line).parse().unwrap();
    assert!(get(addr, "/", "").body.starts_with("<!DOCTYPE html>"));
    // Orders come, and in time something is burnt.
    let burnt = Events::connect(addr).find(|(_, kind, _)| kind == "fail").unwrap();
    assert!(burnt.2[1].as_str().unwrap().contains("is burnt"), "{burnt:?}");
}

#[test]
fn it_ends_by_itself_if_told_when() {
    let live = example_binary::build("live");
    let run = |argument| Command::new(&live).arg(argument).output().expect("the example starts");
    let output = run("0");
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"http://127.0.0.1:"));
    assert_eq!(run("seconds").status.code(), Some(2));
}
