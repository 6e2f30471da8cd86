//! Pages in a headless Chromium, which a script of `tests/browser` opens.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Runs the script with what `arguments` makes for it; it fails if the script does. Nothing is done where
/// there is no node or no Chromium, unless they are said to be needed.
///
/// # Panics
///
/// If the script fails, with what it said.
pub fn browse<A: AsRef<OsStr>>(script: &str, arguments: impl FnOnce() -> Vec<A>) {
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let node = Command::new("node").arg("--version").output();
    if !Path::new(&chromium).exists() || !node.is_ok_and(|node| node.status.success()) {
        assert!(
            std::env::var_os("ASYNC_MECH_NEEDS_BROWSER").is_none(),
            "there is no node, or no {}",
            Path::new(&chromium).display()
        );
        println!("skipped: needs node and Chromium");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser").join(script);
    let output = Command::new("node").arg(script).args(arguments()).output().expect("node starts");
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    print!("{said}");
}
