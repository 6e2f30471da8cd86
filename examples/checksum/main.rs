//! `checksum DIR`: the SHA-256 sums of all regular files below DIR, in path order.
//!
//! Prints what `find DIR -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum` prints. Each
//! directory and each file is an invocation that uses plain blocking I/O. A promise is a value, so a
//! directory's execution returns the promises of what it invoked, and does not await them: `main` does,
//! in path order, and prints each sum as soon as all before it are printed.

mod hash;
mod output;
mod permits;
mod progress;
mod walk;

use output::Output;
use progress::Progress;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use walk::{Entry, Walk};

#[async_mech::main]
fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(top), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: checksum DIR");
        return ExitCode::from(2);
    };
    let top = PathBuf::from(top);

    let progress = Arc::new(Progress::new());
    let mut output = Output::new(&progress);
    let written = print(&top, &Walk::new(progress.clone()), &mut output);
    progress.finish();

    match written {
        Ok(()) if output.failed => ExitCode::FAILURE,
        Ok(()) => ExitCode::SUCCESS,
        // Whoever closed the pipe has read enough and needs no message.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            output.failure(Path::new("write error"), &error);
            ExitCode::FAILURE
        }
    }
}

/// Awaits everything at and below `top` in path order, and prints it; fails only if stdout does.
fn print(top: &Path, walk: &Walk, output: &mut Output<'_>) -> io::Result<()> {
    // The listings that are being printed, outermost first: a deep tree must not need a deep stack.
    let mut listings = vec![Vec::from_iter(walk.start(top)).into_iter()];
    while let Some(listing) = listings.last_mut() {
        match listing.next() {
            Some(Entry::File(promise)) => output.file(&promise.wait())?,
            Some(Entry::Directory(promise)) => listings.push(promise.wait().into_iter()),
            Some(Entry::Listed(listing)) => listings.push(listing.into_iter()),
            Some(Entry::Unreadable(path, error)) => output.failure(&path, &error),
            None => drop(listings.pop()),
        }
    }
    output.finish()
}
