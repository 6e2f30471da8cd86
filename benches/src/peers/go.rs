//! Go: goroutines and channels, with as many processors as there are.

use std::ffi::OsString;
use std::path::Path;

use super::external::{Program, run, version, write};
use super::{How, Peer};

pub(super) static PEER: Peer = Peer {
    id: "go",
    name: "Go",
    about: "a goroutine and a buffered channel an invocation; `GOMAXPROCS` and the collector as they are",
    how: How::Elsewhere(&Program {
        workloads: &[
            "ping",
            "ping-busy",
            "fan-out-10k",
            "fan-out-100k",
            "fan-out-busy",
            "start",
            "fib-18",
            "fib-27",
            "chain-1k",
            "chain-10k",
            "chain-30k",
            "chain-1m",
            "skynet",
            "sleepers-1k",
            "sleepers-10k",
            "awaiters",
            "checksum",
            "memory",
        ],
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
