//! The text of one line of a tree: a promise or a root execution, how far it is, and what it awaits.

use std::fmt::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::{Invocation, State, Status, Wait};
use crate::execution::Id;
use crate::failure::FailureKind;
use crate::grouped::Grouped;

/// Characters of a name that are shown,
const NAME: usize = 60;
/// and of a failure's message.
const MESSAGE: usize = 120;
/// Promises that are listed, of those that one depends on.
const LISTED: usize = 4;

/// A promise, or an execution that no promise represents.
pub(super) struct Line<'a> {
    pub(super) state: &'a State,
    pub(super) id: Id,
    pub(super) invocation: Option<&'a Invocation>,
    /// Whether to name the caller, where the indentation does not say who that is.
    pub(super) name_caller: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        let waits = self.state.waits.get(&id).map_or(&[][..], Vec::as_slice);
        let Some(invocation) = self.invocation else {
            write!(f, "{id}")?;
            if let Some(name) = self.state.roots.get(&id) {
                write!(f, " `{}`", OneLine(name, NAME))?;
            }
            return if waits.is_empty() { Ok(()) } else { write!(f, ", {}", Awaits(waits)) };
        };
        let (name, file) = (OneLine(invocation.name, NAME), Short(invocation.file));
        write!(f, "{id} `{name}` ({file}:{})", invocation.line)?;
        if let Some(caller) = invocation.caller.filter(|_| self.name_caller) {
            write!(f, ", invoked by {caller}")?;
        }
        if !invocation.function {
            f.write_str(", no function")?;
        }
        match self.state.promises.get(&id) {
            Some(Status::Queued) => f.write_str(", queued"),
            Some(Status::Completed) => f.write_str(", completed"),
            Some(Status::Failed(failure)) => {
                let cancelled = failure.kind() == FailureKind::Cancelled;
                f.write_str(if cancelled { ", cancelled" } else { ", failed" })?;
                match failure.said() {
                    "" => Ok(()),
                    message => write!(f, ": {}", OneLine(message, MESSAGE)),
                }
            }
            _ if !waits.is_empty() => write!(f, ", {}", Awaits(waits)),
            _ if invocation.function => f.write_str(", running"),
            _ => f.write_str(", pending"),
        }
    }
}

/// What it awaits; there is something.
struct Awaits<'a>(&'a [Wait]);

impl fmt::Display for Awaits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Awaits(waits) = self;
        for (n, wait) in waits.iter().take(LISTED).enumerate() {
            write!(f, "{} {}", if n == 0 { "awaits" } else { "," }, wait.promise)?;
        }
        if waits.len() > LISTED {
            write!(f, " and {} more", Grouped((waits.len() - LISTED) as u64))?;
        }
        if let Some(since) = waits.iter().filter_map(|wait| wait.since).max() {
            write!(f, " for {}", Since(since))?;
        }
        match waits.iter().find(|wait| wait.lends) {
            Some(_) if waits.len() == 1 => f.write_str(" (lends it its thread)"),
            Some(wait) => write!(f, " (lends {} its thread)", wait.promise),
            None => Ok(()),
        }
    }
}

/// A text without line breaks, of at most so many characters.
struct OneLine<'a>(&'a str, usize);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OneLine(text, most) = *self;
        let mut left = most;
        for (n, word) in text.split_whitespace().enumerate() {
            for c in (n > 0).then_some(' ').into_iter().chain(word.chars()) {
                if left == 0 {
                    return f.write_char('…');
                }
                left -= 1;
                if c.is_control() { write!(f, "{}", c.escape_default())? } else { f.write_char(c)? }
            }
        }
        Ok(())
    }
}

/// A file: relative to the workspace, or the end of the path where that is somewhere else.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As in `rayon-1.10.0/src/lib.rs`.
        const PARTS: usize = 3;
        if !Path::new(self.0).is_absolute() {
            return f.write_str(self.0);
        }
        let start = self.0.rmatch_indices(['/', '\\']).nth(PARTS - 1).map_or(0, |(at, _)| at + 1);
        f.write_str(&self.0[start..])
    }
}

/// A time as a person says it.
struct Since(Duration);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, ms) = (self.0.as_secs(), self.0.subsec_millis());
        match seconds {
            0 => write!(f, "{ms} ms"),
            1..60 => write!(f, "{seconds}.{} s", ms / 100),
            60..3_600 => write!(f, "{} min {} s", seconds / 60, seconds % 60),
            _ => write!(f, "{} h {} min", Grouped(seconds / 3_600), seconds / 60 % 60),
        }
    }
}
