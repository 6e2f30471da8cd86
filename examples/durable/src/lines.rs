//! The work: ordinary functions, which may run anywhere and more than once.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use async_mech::{current, invocable, invoke};
use serde::{Deserialize, Serialize};

/// What cannot be read, and why: it may have been read by another process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Unreadable {
    path: PathBuf,
    why: String,
}

impl Unreadable {
    fn new(path: impl Into<PathBuf>, why: impl fmt::Display) -> Unreadable {
        Unreadable { path: path.into(), why: why.to_string() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for Unreadable {}

/// The lines of each file in the folder.
#[invocable(durable)]
pub(crate) fn report(folder: PathBuf, millis: u64) -> Result<Vec<(PathBuf, u64)>, Unreadable> {
    // What is in a folder may change until this runs again, so a function of its own looks: what
    // it has seen is kept.
    let files = invoke!(files(folder)).await?;
    let counts: Vec<_> = files.iter().map(|file| invoke!(lines(file.clone(), millis))).collect();
    files.into_iter().zip(counts).map(|(file, count)| Ok((file, count.await?))).collect()
}

/// The files in the folder, in order.
#[invocable(durable)]
fn files(folder: PathBuf) -> Result<Vec<PathBuf>, Unreadable> {
    let unreadable = |why| Unreadable::new(&folder, why);
    let entries = fs::read_dir(&folder).map_err(unreadable)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The lines of the file, counted slowly.
#[invocable(durable)]
fn lines(file: PathBuf, millis: u64) -> Result<u64, Unreadable> {
    let me = current();
    let id = me.durable_id().unwrap_or("no engine");
    eprintln!("{id}: process {} counts {}", std::process::id(), file.display());
    std::thread::sleep(Duration::from_millis(millis));
    let bytes = fs::read(&file).map_err(|why| Unreadable::new(&file, why))?;
    Ok(bytes.iter().filter(|byte| **byte == b'\n').count() as u64)
}
