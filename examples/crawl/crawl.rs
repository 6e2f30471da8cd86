//! The crawl: level by level, where a level is what the one before it links to.
//!
//! So the pages nearest to the start come first, and `--pages` gives always the same ones, in
//! whatever order they are answered. The price is that a level waits for its slowest page.

use crate::arguments::Arguments;
use crate::fetch::{Fetcher, kind};
use crate::links::{Links, Url};
use crate::progress::Progress;
use crate::summary::Summary;
use async_mech::{invocable, map_bounded};
use std::collections::HashSet;
use std::sync::Arc;

/// Pages that may wait for their host, besides those that are fetched.
const WAITING: usize = 64;

/// Fetches `start` and what it leads to. May be cancelled at any time.
#[invocable]
pub(crate) fn crawl(start: Url, arguments: Arguments, summary: Arc<Summary>) {
    let fetcher = Arc::new(Fetcher::new(&arguments));
    let mut progress = Progress::new();
    let mut found = HashSet::from([start.clone()]);
    let mut level = vec![start.clone()];
    while !level.is_empty() {
        let fetcher = Arc::clone(&fetcher);
        let pages = map_bounded(level.clone(), arguments.at_once, move |url| fetcher.fetch(&url))
            .max_awaiting(WAITING);
        let mut links = vec![Vec::new(); level.len()];
        for (index, outcome) in pages.unordered() {
            let url = &level[index];
            // A panic of a fetch is one more way to fail.
            match outcome.unwrap_or_else(|failure| Err(ureq::Error::Other(failure.into()))) {
                Ok(page) => {
                    let on_page = Links::of(&page, url, &start);
                    summary.add_page(&page, &on_page);
                    links[index] = on_page.on_site;
                    if page.status >= 400 {
                        progress.report(url, page.status);
                    }
                }
                Err(error) => {
                    let kind = kind(&error);
                    summary.add_failure(kind);
                    progress.report(url, format_args!("{kind}: {error}"));
                }
            }
            progress.step();
        }
        let room = arguments.pages - found.len();
        let new = links.into_iter().flatten().filter(|url| found.insert(url.clone()));
        level = new.take(room).collect();
    }
}
