//! The files that `checksum` hashes: the same ones every time, in a temporary directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::work::checksum::{digest_of, hex, line};

const DIRECTORIES: u64 = 70;
const FILES: u64 = 30;

/// The tree. It is removed when this is dropped.
pub(super) struct Tree {
    path: PathBuf,
}

impl Tree {
    /// Writes the files, and what their sums are.
    pub(super) fn make() -> io::Result<Tree> {
        let path = std::env::temp_dir().join(format!("benches-tree-{}", std::process::id()));
        let tree = Tree { path };
        let mut random = Random(1);
        let mut lines = Vec::new();
        for directory in 0..DIRECTORIES {
            // Seven directories in each of ten.
            let below = PathBuf::from(format!("d{}", directory / 7)).join(format!("e{directory}"));
            fs::create_dir_all(tree.path.join("files").join(&below))?;
            for file in 0..FILES {
                let file = below.join(format!("f{file}"));
                let bytes = random.bytes();
                fs::write(tree.path.join("files").join(&file), &bytes)?;
                lines.push(line(&hex(&Sha256::digest(&bytes)), &file));
            }
        }
        fs::write(tree.path.join("expected"), digest_of(lines))?;
        Ok(tree)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A generator of xorshift numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The contents of a file: most are small, some are large, 150 MiB all together.
    fn bytes(&mut self) -> Vec<u8> {
        let most = match self.next() % 20 {
            0 => 2 << 20,
            1..5 => 128 << 10,
            _ => 8 << 10,
        };
        let length = self.next() % most;
        let mut bytes = Vec::with_capacity(8 + usize::try_from(length).unwrap_or(0));
        while (bytes.len() as u64) < length {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes
    }
}
