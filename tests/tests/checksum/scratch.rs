//! Directories that tests fill and throw away.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

/// A directory of a test's own, which goes when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(test: &str) -> Self {
        let name = format!("async-mech-checksum-{}-{test}", std::process::id());
        let scratch = Scratch(std::env::temp_dir().join(name));
        fs::create_dir(&scratch.0).expect("the scratch directory is new");
        scratch
    }

    pub(crate) fn directory(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let path = self.0.join(name.as_ref());
        fs::create_dir_all(&path).expect("a directory is made");
        path
    }

    pub(crate) fn file(&self, name: impl AsRef<OsStr>, content: &[u8]) -> PathBuf {
        let path = self.0.join(name.as_ref());
        fs::write(&path, content).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
