//! The command line.

use crate::links::Url;
use std::num::NonZero;
use std::time::Duration;

/// What to crawl, and how far.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// Where to begin; none for the site of its own.
    pub(crate) start: Option<Url>,
    /// Pages that are fetched at a time.
    pub(crate) at_once: usize,
    /// Pages that are fetched in all.
    pub(crate) pages: usize,
    /// The time for a page.
    pub(crate) timeout: Duration,
    /// The time for everything.
    pub(crate) deadline: Duration,
}

impl Arguments {
    /// Reads them; nothing if they make no sense.
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Option<Arguments> {
        let mut arguments = Arguments {
            start: None,
            at_once: 8,
            pages: 1_000,
            timeout: Duration::from_secs(5),
            deadline: Duration::MAX,
        };
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--at-once" => arguments.at_once = count(given.next())?,
                "--pages" => arguments.pages = count(given.next())?,
                "--timeout" => arguments.timeout = seconds(given.next())?,
                "--deadline" => arguments.deadline = seconds(given.next())?,
                url if arguments.start.is_none() => arguments.start = Some(http(url)?),
                _ => return None,
            }
        }
        Some(arguments)
    }

    /// The time from one fetch to the next of the same host. Our own site needs no mercy.
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(if self.start.is_none() { 1 } else { 250 })
    }
}

fn count(text: Option<String>) -> Option<usize> {
    Some(text?.parse::<NonZero<usize>>().ok()?.get())
}

fn seconds(text: Option<String>) -> Option<Duration> {
    Some(Duration::from_secs(text?.parse::<NonZero<u32>>().ok()?.get().into()))
}

fn http(url: &str) -> Option<Url> {
    Url::try_from(url).ok().filter(|url| url.scheme_str() == "http")
}
