//! The files in which Linux tells a process its limits and its memory: the one place that reads them.
//!
//! Other systems have no such files, and on Windows that path could be anybody's. `--cfg
//! async_mech_no_linux` makes a build for Linux that reads nothing either, for tests of the rest.

use std::path::Path;

/// What that file says; `None` elsewhere than on Linux.
pub(super) fn read(path: impl AsRef<Path>) -> Option<String> {
    if cfg!(async_mech_no_linux) || !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    std::fs::read_to_string(path).ok()
}
