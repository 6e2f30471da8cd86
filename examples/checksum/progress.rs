//! The progress line: how much is done, on stderr, if that is a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The line is drawn at most this often.
const INTERVAL: Duration = Duration::from_millis(100);

/// Goes to the start of the line and erases it.
const ERASE: &str = "\r\x1b[K";

/// Counts what is done and shows it.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Whether anybody would see the line.
    is_shown: bool,
    files: AtomicU64,
    bytes: AtomicU64,
    line: Mutex<Line>,
}

/// What is on the terminal.
#[derive(Debug)]
struct Line {
    /// When the line was last drawn.
    drawn: Instant,
    /// Whether it stands there now.
    is_drawn: bool,
    /// Whether it is not to be drawn any more.
    is_over: bool,
}

impl Progress {
    /// Starts at nothing done.
    pub(crate) fn new() -> Self {
        Progress {
            is_shown: io::stderr().is_terminal(),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            line: Mutex::new(Line { drawn: Instant::now(), is_drawn: false, is_over: false }),
        }
    }

    /// Counts one more file.
    pub(crate) fn file_done(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.draw();
    }

    /// Counts `length` more bytes.
    pub(crate) fn bytes_done(&self, length: usize) {
        self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        self.draw();
    }

    /// Erases the line, and keeps it away while what it returns lives.
    pub(crate) fn pause(&self) -> Paused<'_> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if line.is_drawn {
            line.is_drawn = false;
            let _ = io::stderr().write_all(ERASE.as_bytes());
        }
        Paused { line }
    }

    /// Erases the line for good: what still runs does not draw it again.
    pub(crate) fn finish(&self) {
        self.pause().line.is_over = true;
    }

    fn draw(&self) {
        if !self.is_shown {
            return;
        }
        // Whoever has the lock draws or has just erased: nobody needs to wait for that.
        let Ok(mut line) = self.line.try_lock() else {
            return;
        };
        if !line.is_over && line.drawn.elapsed() >= INTERVAL {
            line.drawn = Instant::now();
            line.is_drawn = true;
            let files = self.files.load(Ordering::Relaxed);
            let mebibytes = self.bytes.load(Ordering::Relaxed) >> 20;
            // In one write, so that the line does not flicker.
            let text = format!("{ERASE}{files} files, {mebibytes} MiB");
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
}

/// Keeps the line away while it lives.
#[must_use = "the line may come back when this is dropped"]
pub(crate) struct Paused<'p> {
    line: MutexGuard<'p, Line>,
}
