//! Builds an example of the workspace and says where its executable is.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Builds the example `name`, in the profile that the tests were built in, and returns its executable.
pub(crate) fn build(name: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--package=examples", "--example", name])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo starts");
    assert!(output.status.success(), "example {name} does not build");

    // One JSON object a line; the example's own is the last that has an executable.
    let messages = String::from_utf8(output.stdout).expect("cargo's messages are UTF-8");
    let executable = messages
        .lines()
        .filter_map(|message| Some(message.split_once(r#""executable":""#)?.1))
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .next_back()
        .expect("cargo names the executable");
    executable.replace(r"\\", r"\").into()
}
