//! Each file in `ui/` makes one mistake, and is told so by the message beside it.

use std::process::Command;

/// The messages are rustc's too, and so those of one version.
const RUSTC: &str = "rustc 1.95.";

#[test]
fn a_mistake_is_reported_where_it_was_made() {
    let rustc = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    if !version.is_ok_and(|version| version.stdout.starts_with(RUSTC.as_bytes())) {
        eprintln!("skipped: the messages are those of {RUSTC}");
        return;
    }
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
