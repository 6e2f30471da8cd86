//! The page in a headless Chromium: `tests/browser/durable.mjs` opens what is written here. A program of its
//! own, as the live page shows all that a process runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests_durable_trace::{local, midst, whole};

/// A folder of our own with the pages.
fn written() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("durable");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    for (name, trace) in [("whole", whole()), ("midst", midst()), ("local", local())] {
        std::fs::write(folder.join(name).with_extension("html"), trace.html()).expect("a page");
    }
    folder
}

#[test]
fn pages_show_what_the_engine_runs() {
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
    let server = async_mech::trace::serve("127.0.0.1:0").expect("a port");
    let _ = (whole(), whole());
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("../browser/durable.mjs");
    let output = Command::new("node")
        .arg(check)
        .arg(written())
        .arg(format!("http://{}/", server.addr()))
        .output()
        .expect("node starts");
    let (said, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{errors}");
    print!("{said}");
}
