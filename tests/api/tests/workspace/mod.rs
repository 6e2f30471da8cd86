//! What Cargo says of this workspace.

use serde_json::Value;
use std::env;
use std::process::Command;

/// Cargo, in this workspace.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// `cargo metadata`, told so much more.
pub(crate) fn metadata(arguments: &[&str]) -> Value {
    let mut cargo = cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked"]).args(arguments);
    let output = cargo.output().expect("cargo is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The names of the crates that are published, in order.
pub(crate) fn published(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().expect("packages");
    let ours = packages.iter().filter(|it| it["source"].is_null() && it["publish"].is_null());
    let mut names: Vec<_> =
        ours.map(|it| it["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}
