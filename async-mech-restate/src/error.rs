//! What went wrong: with what, and why.

use std::error::Error as StdError;
use std::fmt;

use async_mech::durable::Error;

/// A sentence for people.
#[derive(Debug)]
pub(crate) struct Trouble(String);

impl Trouble {
    pub(crate) fn new(what: impl fmt::Display, why: impl fmt::Display) -> Trouble {
        Trouble(format!("{what}: {why}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Trouble {}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Error {
        Error::Engine(Box::new(trouble))
    }
}

/// The error and what is behind it, each said once.
pub(crate) fn why(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}
