//! Hashing one file: open, read to the end through a fixed buffer, close.

use crate::permits::Permit;
use crate::progress::Progress;
use async_mech::invocable;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bytes read at a time; with 64 files open, all buffers together take 4 MiB.
const BUFFER: usize = 64 * 1024;

/// A SHA-256 digest.
pub(crate) type Sum = [u8; 32];

/// A file, and its digest or what went wrong.
#[derive(Debug)]
pub(crate) struct Hashed {
    pub(crate) path: PathBuf,
    pub(crate) sum: io::Result<Sum>,
}

/// Hashes the file at `path`, which `_permit` allows to be open until this returns.
#[invocable]
pub(crate) fn hash(path: PathBuf, progress: Arc<Progress>, _permit: Permit) -> Hashed {
    let sum = digest(&path, &progress);
    progress.file_done();
    Hashed { path, sum }
}

/// Reads the file with plain blocking calls: an invocation may block.
fn digest(path: &Path, progress: &Progress) -> io::Result<Sum> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER];
    let mut hasher = Sha256::new();
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finalize().into()),
            Ok(length) => {
                hasher.update(&buffer[..length]);
                progress.bytes_done(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
