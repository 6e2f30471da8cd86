//! What awaits give, in a form that can be compared.

use std::error::Error;

use async_mech::{AggregateFailure, Cancellation, Failure, FailureKind};

use crate::program::Path;

/// What a value says of where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    /// What a body returned, or a resolver gave.
    Leaf(Path),
    All(Vec<Tree>),
    Settled(Vec<Outcome>),
}

/// What a failure says of where it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Panicked(Path),
    Failed(Path),
    Abandoned,
    Cancelled,
    Deadlock,
    /// All the inputs of an `any`.
    Aggregate(Vec<Why>),
    EmptyRace,
    /// Nothing that a program here can do.
    Other(String),
}

pub(crate) type Outcome = Result<Tree, Why>;

/// What a run shows.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// A body has begun.
    Began(Path),
    /// The promise gave this, at that step.
    Outcome { at: Path, of: Path, outcome: Outcome },
    /// It gave nothing, at that step.
    Pending { at: Path, of: Path },
    /// What cancelling met.
    Cancel { of: Path, met: Cancellation },
}

/// What a body panics with, and what the hook need not print.
pub(crate) const PANICS: &str = "panics: ";
/// What a resolver's error says.
pub(crate) const FAILS: &str = "fails: ";

impl From<&Failure> for Why {
    fn from(failure: &Failure) -> Why {
        let message = failure.message();
        let path = |begin| message.strip_prefix(begin).map(Path::from);
        let known = match failure.kind() {
            FailureKind::Panicked => path(PANICS).map(Why::Panicked),
            FailureKind::Abandoned => Some(Why::Abandoned),
            FailureKind::Cancelled => Some(Why::Cancelled),
            FailureKind::Deadlock => Some(Why::Deadlock),
            FailureKind::Failed if message.starts_with("a race of no promises") => {
                Some(Why::EmptyRace)
            }
            FailureKind::Failed => path(FAILS).map(Why::Failed).or_else(|| aggregate(failure)),
            _ => None,
        };
        known.unwrap_or_else(|| Why::Other(failure.to_string()))
    }
}

fn aggregate(failure: &Failure) -> Option<Why> {
    let all = failure.origin().source()?.downcast_ref::<AggregateFailure>()?;
    Some(Why::Aggregate(all.failures().iter().map(Why::from).collect()))
}
