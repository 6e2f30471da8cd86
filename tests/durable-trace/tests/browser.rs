//! The page in a headless Chromium: `tests/browser/durable.mjs` opens what is written here. A program of its
//! own, as the live page shows all that a process runs.

use std::path::{Path, PathBuf};

use tests::browse;
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
    let server = async_mech::trace::serve("127.0.0.1:0").expect("a port");
    browse("durable.mjs", || {
        let _ = (whole(), whole());
        vec![written().into_os_string(), format!("http://{}/", server.addr()).into()]
    });
}
