//! Fetching one page, with plain blocking calls.

use crate::arguments::Arguments;
use crate::hosts::Hosts;
use crate::links::Url;
use std::io;
use ureq::Agent;
use ureq::http::header::LOCATION;

/// No page is longer, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    /// The length of the body.
    pub(crate) bytes: usize,
    /// Its text, if it is HTML.
    pub(crate) html: String,
    /// Where it says that the page is.
    pub(crate) location: Option<String>,
}

/// Fetches pages, politely.
#[derive(Debug)]
pub(crate) struct Fetcher {
    agent: Agent,
    hosts: Hosts,
}

impl Fetcher {
    pub(crate) fn new(arguments: &Arguments) -> Fetcher {
        let mut config = Agent::config_builder()
            .timeout_global(Some(arguments.timeout))
            .http_status_as_error(false)
            // A redirect is a link like any other: followed once, and in its turn.
            .max_redirects(0);
        if arguments.start.is_none() {
            config = config.proxy(None);
        }
        Fetcher { agent: config.build().into(), hosts: Hosts::new(arguments.delay()) }
    }

    /// Fetches a page when it is the host's turn.
    pub(crate) fn fetch(&self, url: &Url) -> Result<Page, ureq::Error> {
        let _turn = self.hosts.turn(url);
        // To cancel does not interrupt this; the timeout ends it.
        let mut response = self.agent.get(url.as_str()).call()?;
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok()).map(str::to_owned);
        let is_html = response.body().mime_type() == Some("text/html");
        let body = response.body_mut().with_config().limit(LONGEST).read_to_vec()?;
        let html =
            if is_html { String::from_utf8_lossy(&body).into_owned() } else { String::new() };
        Ok(Page { status: response.status().as_u16(), bytes: body.len(), html, location })
    }
}

/// What kind of failure it is, for the summary.
pub(crate) fn kind(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "timed out",
        ureq::Error::BodyExceedsLimit(_) => "too long",
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "cut off",
        ureq::Error::Io(_) | ureq::Error::HostNotFound => "unreachable",
        ureq::Error::Protocol(_) => "not HTTP",
        _ => "other",
    }
}
