//! The SHA-256 sums of a tree: finding the files, hashing one, and checking what came out.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{Invoke, millis};
use crate::workloads::TREE;

/// The bytes read at a time.
const BUFFER: usize = 64 * 1024;
/// How many invocations hash at once, where an invocation does not hash one file.
const WORKERS: usize = 2;

/// A file's line, as `sha256sum` prints it, with the path below the tree.
pub(crate) type Line = String;

/// Hashes the tree twice with `sums`, and gives the time of the second run.
pub(crate) fn measure(sums: impl Fn(&Path) -> Vec<Line>) -> Vec<f64> {
    let tree = tree();
    sums(&tree);
    let start = Instant::now();
    let lines = sums(&tree);
    let time = start.elapsed();
    check(lines, &tree);
    vec![millis(time)]
}

/// For peers with a pool: two invocations that take the next file until there is none.
pub(crate) fn by_workers<P: Invoke>() -> Vec<f64> {
    P::prepare(WORKERS);
    P::within(|| {
        measure(|tree| {
            let files = Arc::new(files(tree));
            let next = Arc::new(AtomicUsize::new(0));
            let lines = Arc::new(Mutex::new(Vec::new()));
            let worker = |_| {
                let (files, next, lines) = (files.clone(), next.clone(), lines.clone());
                let tree = tree.to_owned();
                P::invoke(move || {
                    let mut mine = Vec::new();
                    while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                        mine.push(hash(&tree, file));
                    }
                    let count = mine.len() as u64;
                    lines.lock().unwrap_or_else(PoisonError::into_inner).extend(mine);
                    count
                })
            };
            let workers: Vec<_> = (0..WORKERS).map(worker).collect();
            let hashed: u64 = workers.into_iter().map(P::wait).sum();
            assert_eq!(hashed, files.len() as u64);
            std::mem::take(&mut lines.lock().unwrap_or_else(PoisonError::into_inner))
        })
    })
}

/// The tree that the parent has made.
pub(crate) fn tree() -> PathBuf {
    std::env::var_os(TREE).map(PathBuf::from).expect("the parent names the tree")
}

/// The directory in it that is to be hashed.
pub(crate) fn files_of(tree: &Path) -> PathBuf {
    tree.join("files")
}

/// All files below the tree, one directory after the other.
pub(crate) fn files(tree: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![files_of(tree)];
    while let Some(directory) = directories.pop() {
        let (found, below) = list(&directory);
        files.extend(found);
        directories.extend(below);
    }
    files
}

/// The files and the directories in a directory.
pub(crate) fn list(directory: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).expect("a directory") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_dir() {
            directories.push(entry.path());
        } else {
            files.push(entry.path());
        }
    }
    (files, directories)
}

/// Reads and hashes one file.
pub(crate) fn hash(tree: &Path, path: &Path) -> Line {
    let digest = digest(path).expect("a file that can be read");
    line(&digest, path.strip_prefix(files_of(tree)).expect("a file of the tree"))
}

fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BUFFER];
    let mut hasher = Sha256::new();
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            length => hasher.update(&buffer[..length]),
        }
    }
}

/// A line as `sha256sum` prints it.
pub(crate) fn line(digest: &str, path: &Path) -> Line {
    format!("{digest}  {}", path.display())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of all lines in order, by which a result is checked.
pub(crate) fn digest_of(mut lines: Vec<Line>) -> String {
    lines.sort_unstable();
    let mut hasher = Sha256::new();
    for line in lines {
        hasher.update(line.as_bytes());
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())
}

fn check(lines: Vec<Line>, tree: &Path) {
    let expected = fs::read_to_string(tree.join("expected")).expect("what is expected");
    assert_eq!(digest_of(lines), expected.trim(), "the sums differ");
}
