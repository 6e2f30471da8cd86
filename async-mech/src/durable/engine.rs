//! The seam: what an engine does for executions that outlive a process.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::remote::Remote;
use crate::failure::{Failure, FailureKind};

/// A durable invocation: the promise `id` is of this function with these arguments.
///
/// An engine remembers it under its id. Asked for the same id again it does not run the function a
/// second time; if function or arguments differ then, it says so with a [`Mismatch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Call {
    /// The promise's id: `parent.seq` of an invocation, or what the caller of
    /// [`Handle::invoke`](super::Handle::invoke) chose.
    pub id: String,
    /// The function's name.
    pub function: String,
    /// The JSON of its arguments: `[1,"two"]`.
    pub args: Vec<u8>,
}

impl Call {
    /// The invocation `id` of a function with the JSON of its arguments.
    pub fn new(id: impl Into<String>, function: impl Into<String>, args: Vec<u8>) -> Call {
        Call { id: id.into(), function: function.into(), args }
    }

    /// Whether both are of the same function with the same arguments.
    ///
    /// # Errors
    ///
    /// What to tell the user.
    pub fn matches(&self, before: &Call) -> Result<(), Mismatch> {
        if self.function == before.function && self.args == before.args {
            return Ok(());
        }
        Err(Mismatch::new(&self.id, before.shown(), self.shown()))
    }

    /// The function and its arguments, cut short.
    #[must_use]
    pub fn shown(&self) -> String {
        const LONGEST: usize = 120;
        let mut args = String::from_utf8_lossy(&self.args).into_owned();
        if let Some((end, _)) = args.char_indices().nth(LONGEST) {
            args.truncate(end);
            args.push_str("..");
        }
        let args = args.strip_prefix('[').unwrap_or(&args);
        let args = args.strip_suffix(']').unwrap_or(args);
        format!("{}({args})", self.function)
    }
}

/// One id was asked for with two different calls.
///
/// If it is the id of a root, somebody used it for something else. If it is `parent.seq`, the parent
/// ran again and invoked something else in that place: a durable function must invoke the same
/// functions with the same arguments in the same order each time it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// The promise's id.
    pub id: String,
    /// What it was created as.
    pub was: String,
    /// What is asked for now.
    pub is: String,
}

impl Mismatch {
    /// `id` was created as something else than what is asked for now.
    pub fn new(id: impl Into<String>, was: impl Into<String>, is: impl Into<String>) -> Mismatch {
        Mismatch { id: id.into(), was: was.into(), is: is.into() }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { id, was, is } = self;
        write!(f, "the durable promise `{id}` is of `{was}`, and now `{is}` is invoked as it")?;
        if id.contains('.') {
            write!(f, ": a durable function must invoke the same in the same order at each run")?;
        }
        Ok(())
    }
}

impl StdError for Mismatch {}

/// How a durable promise was settled: the JSON of the value, or why there is none.
pub type Settled = Result<Vec<u8>, Failed>;

/// A [`Failure`] as it goes from process to process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Failed {
    /// What kind of thing happened.
    pub kind: Kind,
    /// The function that it happened to.
    pub function: String,
    /// What happened: the panic's message, the error's text.
    pub message: String,
}

/// A [`FailureKind`] as it goes from process to process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// [`FailureKind::Panicked`]
    Panicked,
    /// [`FailureKind::Cancelled`]
    Cancelled,
    /// [`FailureKind::Deadlock`]
    Deadlock,
    /// [`FailureKind::Abandoned`]
    Abandoned,
    /// [`FailureKind::Failed`], and what a later version may know.
    #[serde(other)]
    Failed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&FailureKind::from(*self), f)
    }
}

impl From<FailureKind> for Kind {
    fn from(kind: FailureKind) -> Kind {
        match kind {
            FailureKind::Panicked => Kind::Panicked,
            FailureKind::Cancelled => Kind::Cancelled,
            FailureKind::Deadlock => Kind::Deadlock,
            FailureKind::Abandoned => Kind::Abandoned,
            FailureKind::Failed => Kind::Failed,
        }
    }
}

impl From<Kind> for FailureKind {
    fn from(kind: Kind) -> FailureKind {
        match kind {
            Kind::Panicked => FailureKind::Panicked,
            Kind::Cancelled => FailureKind::Cancelled,
            Kind::Deadlock => FailureKind::Deadlock,
            Kind::Abandoned => FailureKind::Abandoned,
            Kind::Failed => FailureKind::Failed,
        }
    }
}

impl Failed {
    /// What the failure's origin has to say.
    #[must_use]
    pub fn of(failure: &Failure) -> Failed {
        let origin = failure.origin();
        Failed {
            kind: origin.kind().into(),
            function: origin.name().to_owned(),
            message: origin.said().to_owned(),
        }
    }

    /// A failure that the engine, or its adapter, is the origin of.
    pub fn new(kind: Kind, function: impl Into<String>, message: impl Into<String>) -> Failed {
        Failed { kind, function: function.into(), message: message.into() }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}: {}", self.function, self.kind, self.message)
    }
}

impl StdError for Failed {}

/// The engine has taken the execution away from this process: it is suspended, runs elsewhere, or has
/// been cancelled. Its body unwinds, and nothing that it returns counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the engine has taken the execution away from this process")
    }
}

impl StdError for Interrupted {}

/// What an engine does for one durable execution while this process runs it.
///
/// It is called by the thread that runs the execution's body, one call at a time, in the order of
/// the program. All but `cancel` may say [`Interrupted`], and go on to say so.
pub trait Session: Send + Sync {
    /// Sees to it that the call is run, once, by any process that can; does not wait for it. An
    /// engine that remembers another call under this id settles the promise as failed, with a
    /// [`Mismatch`].
    ///
    /// # Errors
    ///
    /// [`Interrupted`]
    fn invoke(&self, call: Call) -> Result<(), Interrupted>;

    /// Blocks until that promise, which this execution has invoked, is settled. May be asked again.
    ///
    /// # Errors
    ///
    /// [`Interrupted`]
    fn wait(&self, id: &str) -> Result<Settled, Interrupted>;

    /// Blocks until one of these promises is settled, and says which was the first. The answer is
    /// recorded: if the execution runs again, the same question has the same answer.
    ///
    /// # Errors
    ///
    /// [`Interrupted`]
    fn select(&self, ids: &[String]) -> Result<usize, Interrupted>;

    /// Cancels what was invoked under that id, as far as the engine can.
    fn cancel(&self, id: &str);
}

/// A durable engine, as adapters provide it to a [`Handle`](super::Handle).
pub trait Engine: Send + Sync + 'static {
    /// Sees to it that the call is run, once, by any process that can; `settle` is to hear how it
    /// ended, whenever that is. Returns when the engine has taken the call.
    ///
    /// # Errors
    ///
    /// If the engine cannot be reached, or remembers another call under this id ([`Mismatch`]).
    fn start(&self, call: Call, settle: Settle) -> Result<(), Box<dyn StdError + Send + Sync>>;

    /// Cancels what runs under that id, as far as the engine can. Does not wait for that.
    fn cancel(&self, id: &str);
}

/// Settles the promise of a root execution. Dropped without a word, as it is when the last
/// [`Handle`](super::Handle) is, it fails the promise as [`Abandoned`](FailureKind::Abandoned).
pub struct Settle(pub(super) Arc<dyn Remote>);

impl Settle {
    /// Settles it.
    pub fn settle(self, settled: Settled) {
        self.0.settle(settled);
    }
}

impl Drop for Settle {
    fn drop(&mut self) {
        self.0.abandon("the last handle of its engine was dropped: it may run on there");
    }
}

impl fmt::Debug for Settle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settle")
    }
}
