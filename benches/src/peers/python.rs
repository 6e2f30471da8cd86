//! Python's `ThreadPoolExecutor`.

use std::ffi::OsString;
use std::path::Path;

use super::external::{COMMON, Program, version, write};
use super::{How, Peer};

pub(super) static PEER: Peer = Peer {
    id: "python",
    name: "Python",
    about: "`ThreadPoolExecutor`: `submit` and `result`; its default of threads, or as many as block",
    how: How::Elsewhere(&Program {
        workloads: &[COMMON, &["checksum"]],
        refuses: &[
            ("ping-busy", "one thread computes at a time"),
            ("fan-out-busy", "one thread computes at a time"),
        ],
        build,
        version: || version(&["python3", "--version"]),
    }),
};

fn build(below: &Path) -> Result<Vec<OsString>, String> {
    version(&["python3", "--version"]).ok_or("not installed")?;
    let directory = below.join("python");
    write(&directory, &[("peer.py", include_str!("../../peers/python/peer.py"))])?;
    Ok(vec!["python3".into(), directory.join("peer.py").into()])
}
