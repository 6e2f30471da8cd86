//! Go: goroutines and channels, with as many processors as there are.

use std::ffi::OsString;
use std::path::Path;

use super::external::{COMMON, Program, run, version, write};
use super::{How, Peer};

pub(super) static PEER: Peer = Peer {
    id: "go",
    name: "Go",
    about: "a goroutine and a buffered channel an invocation; `GOMAXPROCS` and the collector as they are",
    how: How::Elsewhere(&Program {
        workloads: &[COMMON, &["checksum", "memory"]],
        refuses: &[],
        build,
        version: || version(&["go", "version"]),
    }),
};

const SOURCES: &[(&str, &str)] = &[
    ("go.mod", include_str!("../../peers/go/go.mod")),
    ("main.go", include_str!("../../peers/go/main.go")),
    ("calls.go", include_str!("../../peers/go/calls.go")),
    ("waits.go", include_str!("../../peers/go/waits.go")),
];

fn build(below: &Path) -> Result<Vec<OsString>, String> {
    let directory = below.join("go");
    write(&directory, SOURCES)?;
    run(&directory, &["go", "build", "-o", "peer", "."])?;
    Ok(vec![directory.join("peer").into()])
}
