//! What has been met so far. Shared, so that it is there whenever and however the crawl ends.

use crate::fetch::Page;
use crate::links::Links;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Summary(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Pages by status.
    pages: BTreeMap<u16, usize>,
    /// Failures by kind.
    failures: BTreeMap<&'static str, usize>,
    links: usize,
    elsewhere: usize,
    malformed: usize,
    bytes: usize,
}

impl Summary {
    /// Counts an answer.
    pub(crate) fn add_page(&self, page: &Page, links: &Links) {
        let mut counts = self.counts();
        *counts.pages.entry(page.status).or_default() += 1;
        counts.links += links.count();
        counts.elsewhere += links.elsewhere;
        counts.malformed += links.malformed;
        counts.bytes += page.bytes;
    }

    /// Counts a page without an answer.
    pub(crate) fn add_failure(&self, kind: &'static str) {
        *self.counts().failures.entry(kind).or_default() += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Summary {
    /// A table, a line each, in an order of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let mut line = |name: &str, count| writeln!(f, "{name:<14}{count:>7}");
        line("pages", counts.pages.values().sum())?;
        for (status, count) in &counts.pages {
            line(&format!("  {status}"), *count)?;
        }
        line("failures", counts.failures.values().sum())?;
        for (kind, count) in &counts.failures {
            line(&format!("  {kind}"), *count)?;
        }
        line("links", counts.links)?;
        line("  elsewhere", counts.elsewhere)?;
        line("  malformed", counts.malformed)?;
        line("bytes", counts.bytes)
    }
}
