//! What a person sees meanwhile, on stderr: failures, and how much is done if it is a terminal.

use crate::links::Url;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// The line is drawn at most this often.
const INTERVAL: Duration = Duration::from_millis(100);

/// Goes to the start of the line and erases it.
const ERASE: &str = "\r\x1b[K";

/// Owned by the crawl: when that ends, by itself or cancelled, the line goes.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Whether anybody would see the line.
    is_shown: bool,
    /// When the line was last drawn.
    drawn: Instant,
    pages: usize,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress { is_shown: io::stderr().is_terminal(), drawn: Instant::now(), pages: 0 }
    }

    /// Says what is wrong with a page.
    pub(crate) fn report(&self, url: &Url, what: impl Display) {
        self.erase();
        say(format_args!("crawl: {url}: {what}\n"));
    }

    /// Counts a page.
    pub(crate) fn step(&mut self) {
        self.pages += 1;
        if self.is_shown && self.drawn.elapsed() >= INTERVAL {
            self.drawn = Instant::now();
            say(format_args!("{ERASE}{} pages", self.pages));
        }
    }

    fn erase(&self) {
        if self.is_shown {
            say(ERASE);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.erase();
    }
}

/// Writes it in one piece. Nothing is left to do if stderr is closed.
fn say(text: impl Display) {
    let _ = io::stderr().write_all(text.to_string().as_bytes());
}
