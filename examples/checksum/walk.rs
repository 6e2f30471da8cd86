//! Walking the tree: one invocation a directory, which invokes `hash` and `walk` on what it finds.
//!
//! An invocation may block on anything, a permit included, but it keeps a thread while it blocks.
//! Were each file to take its permit in its own invocation, a directory of 100,000 files would keep
//! 100,000 threads (or as many as there may be) waiting for 64 permits. So the *directory* takes the
//! permit, then invokes `hash` and moves the permit in: who holds a permit is ready to run, and the
//! directory, which blocks while all permits are out, paces itself.
//!
//! Likewise for directories: 100,000 of them would all wait for permits to hand on. A subdirectory is
//! invoked and left to run beside its parent if one of a few walkers' permits is free. Otherwise the
//! parent invokes it and awaits it at once, and the event loop lends it the parent's thread.
//! Waiting for a walker's permit instead could deadlock: each holder may wait for one too.
//!
//! No execution holds a file's permit while it waits for something, so permits always come back.

use crate::hash::{Hashed, hash};
use crate::permits::{Permit, Permits};
use crate::progress::Progress;
use async_mech::{Promise, invocable, invoke};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// How many files (and directories, while they are listed) may be open at once.
const OPEN: usize = 64;

/// How many directories may be walked beside their parents at once.
const WALKERS: usize = 16;

/// What is below a directory, in path order; most of it still in the making.
pub(crate) type Listing = Vec<Entry>;

/// One entry of a listing.
#[derive(Debug)]
pub(crate) enum Entry {
    /// A regular file that is being hashed.
    File(Promise<Hashed>),
    /// A directory that is being walked.
    Directory(Promise<Listing>),
    /// A directory that was walked while its parent awaited it.
    Listed(Listing),
    /// Something that could not be looked at.
    Unreadable(PathBuf, io::Error),
}

/// What all executions of a walk share.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    open: Permits,
    walkers: Permits,
    progress: Arc<Progress>,
}

impl Walk {
    /// Prepares a walk.
    pub(crate) fn new(progress: Arc<Progress>) -> Self {
        Walk { open: Permits::new(OPEN), walkers: Permits::new(WALKERS), progress }
    }

    /// Starts at `top`, which like everything below it is not followed if it is a symbolic link.
    pub(crate) fn start(&self, top: &Path) -> Option<Entry> {
        match fs::symlink_metadata(top) {
            Ok(found) if found.is_dir() => {
                let promise = invoke!(walk(top.into(), self.clone(), None));
                Some(Entry::Directory(promise))
            }
            Ok(found) if found.is_file() => Some(self.file(top.into())),
            Ok(_) => None,
            Err(error) => Some(Entry::Unreadable(top.into(), error)),
        }
    }

    /// Invokes `hash` as soon as there is a permit.
    fn file(&self, path: PathBuf) -> Entry {
        let permit = self.open.take();
        Entry::File(invoke!(hash(path, self.progress.clone(), permit)))
    }
}

/// Walks the directory at `path`, beside its parent if there is a `_permit`.
#[invocable]
fn walk(path: PathBuf, shared: Walk, _permit: Option<Permit>) -> Listing {
    let (found, failed) = {
        let _permit = shared.open.take();
        list(&path)
    };
    let mut listing = Listing::new();
    for (name, kind) in found {
        let path = path.join(name);
        listing.push(match kind {
            Kind::File => shared.file(path),
            Kind::Directory => match shared.walkers.try_take() {
                Some(permit) => Entry::Directory(invoke!(walk(path, shared.clone(), Some(permit)))),
                None => Entry::Listed(invoke!(walk(path, shared.clone(), None)).await),
            },
            Kind::Unknown(error) => Entry::Unreadable(path, error),
        });
    }
    listing.extend(failed.map(|error| Entry::Unreadable(path, error)));
    listing
}

/// What an entry of a directory is, as far as this tool cares.
enum Kind {
    File,
    Directory,
    Unknown(io::Error),
}

/// Lists a directory's entries, and the error that ended the list too early.
///
/// Path order is the byte order of whole paths. There, what is below directory `a` comes after `a.b`
/// and before `a0`, because `.` < `/` < `0`. Naming the directory `a/` puts it in that place, and joins
/// to the same paths.
fn list(directory: &Path) -> (Vec<(OsString, Kind)>, Option<io::Error>) {
    let mut found = Vec::new();
    let failed = collect(directory, &mut found).err();
    found.sort_unstable_by(|(a, _), (b, _)| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
    (found, failed)
}

fn collect(directory: &Path, found: &mut Vec<(OsString, Kind)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let mut name = entry.file_name();
        match entry.file_type() {
            Ok(kind) if kind.is_file() => found.push((name, Kind::File)),
            Ok(kind) if kind.is_dir() => {
                name.push("/");
                found.push((name, Kind::Directory));
            }
            // Symbolic links, pipes, sockets, devices.
            Ok(_) => {}
            Err(error) => found.push((name, Kind::Unknown(error))),
        }
    }
    Ok(())
}
