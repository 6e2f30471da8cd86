//! A clock that jumps changes nothing: no source of the runtime asks what time it is.
//!
//! `Instant` is the monotonic clock, which no one sets. What the tests of a process cannot do is to
//! set the other one, so this holds the sources to it.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_runtime_reads_no_clock_that_can_be_set() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../async-mech/src");
    let mut found = Vec::new();
    sources(&folder, &mut found);
    assert!(found.len() > 50, "the sources are where they were");
    for path in found {
        let text = fs::read_to_string(&path).expect("text");
        for clock in ["SystemTime", "UNIX_EPOCH", "CLOCK_REALTIME", "gettimeofday"] {
            assert!(!text.contains(clock), "{} in {}", clock, path.display());
        }
    }
}
