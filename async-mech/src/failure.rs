//! Why a promise has no value.

mod shown;

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::execution::Id;

/// Links of a chain that are kept besides the origin.
const LINKS: usize = 16;

/// What a failed promise holds instead of a value: what happened, and to which execution.
///
/// A failure is cheap to clone. When an execution fails because something it awaited failed, its
/// own failure leads to that one: [`source`](Error::source) walks from the execution that was
/// awaited to the [`origin`](Failure::origin). Of a long chain the first 16 links and the origin
/// are kept.
///
/// ```
/// use async_mech::{FailureKind, invoke};
///
/// let p = invoke!(|| -> u32 { panic!("out of cheese") });
/// let failure = p.outcome().unwrap_err();
/// assert_eq!(failure.kind(), FailureKind::Panicked);
/// assert_eq!(failure.message(), "out of cheese");
/// ```
#[derive(Clone)]
pub struct Failure {
    node: Arc<Node>,
}

/// The kinds of [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The function panicked.
    Panicked,
    /// The invocation was cancelled, or its event loop was shut down before it ran.
    Cancelled,
    /// The await would have waited for itself, through others.
    Deadlock,
    /// The promise's [`Resolver`](crate::Resolver) was dropped without a word.
    Abandoned,
    /// The promise was failed by its [`Resolver`](crate::Resolver), its function called
    /// [`fail`](crate::fail()), or the runtime could not run it.
    Failed,
}

/// One failed execution, and what made it fail.
struct Node {
    link: Arc<Link>,
    /// The failure of the promise it awaited.
    cause: Option<Failure>,
    /// Links left out between this one and its cause.
    omitted: usize,
}

/// What happened to one execution.
struct Link {
    kind: FailureKind,
    message: String,
    who: Who,
    /// Where it panicked, if our hook saw it.
    panicked_at: Option<String>,
    /// What it panicked with, until somebody takes it.
    payload: Mutex<Option<Box<dyn Any + Send>>>,
    /// What the resolver failed it with.
    error: Option<Box<dyn Error + Send + Sync>>,
    /// Whether a person has been told.
    reported: AtomicBool,
}

/// A [`FailureKind`], which has no order, as a number, and the place of a function.
pub(crate) type Alike = (u8, &'static str, u32);

/// An execution as messages name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    pub(crate) id: Id,
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Failure {
    /// A failure that begins here.
    pub(crate) fn new(kind: FailureKind, who: Who, message: impl Into<String>) -> Failure {
        Failure::origin_of(Link::new(kind, who, message.into()))
    }

    /// The resolver of the promise gave an error. A failure becomes the cause, as it does for an
    /// awaiter, so that a chain of resolvers stays short.
    pub(crate) fn with_error(who: Who, error: Box<dyn Error + Send + Sync>) -> Failure {
        let error = match error.downcast::<Failure>() {
            Ok(cause) => return Failure::caused(who, *cause),
            Err(error) => error,
        };
        let mut link = Link::new(FailureKind::Failed, who, error.to_string());
        link.error = Some(error);
        Failure::origin_of(link)
    }

    /// The body unwound with this payload: it panicked, or something it awaited failed.
    pub(crate) fn from_unwind(who: Who, payload: Box<dyn Any + Send>) -> Failure {
        let payload = match payload.downcast::<Failure>() {
            // It was cancelled, or its own await closed a cycle.
            Ok(failure) if failure.id() == who.id && failure.node.cause.is_none() => {
                return *failure;
            }
            Ok(cause) => return Failure::caused(who, *cause),
            Err(payload) => payload,
        };
        let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (_, Some(text)) => text.clone(),
            _ => "a value that is not a string".to_owned(),
        };
        let mut link = Link::new(FailureKind::Panicked, who, message);
        link.panicked_at = crate::panic_hook::take_location(who.id);
        link.payload = Mutex::new(Some(payload));
        // The panic hook has printed it.
        link.reported = AtomicBool::new(true);
        Failure::origin_of(link)
    }

    fn origin_of(link: Link) -> Failure {
        Failure { node: Arc::new(Node { link: Arc::new(link), cause: None, omitted: 0 }) }
    }

    /// `who` failed since a promise it awaited failed.
    fn caused(who: Who, cause: Failure) -> Failure {
        let kind = cause.kind();
        let link = Arc::new(Link::new(kind, who, String::new()));
        let below: Vec<&Failure> = cause.chain().collect();
        if below.len() <= LINKS {
            return Failure { node: Arc::new(Node { link, cause: Some(cause), omitted: 0 }) };
        }
        // Too long: keep the links next to the awaiter, and the origin.
        let origin = below.last().expect("a chain has an origin");
        let omitted: usize = below.iter().map(|failure| failure.node.omitted).sum();
        let mut failure = (*origin).clone();
        let mut left_out = omitted + below.len() - LINKS;
        let kept = below[..LINKS - 1].iter().rev().map(|failure| &failure.node.link);
        for link in kept.chain([&link]) {
            let (link, cause) = (Arc::clone(link), Some(failure));
            let omitted = std::mem::take(&mut left_out);
            failure = Failure { node: Arc::new(Node { link, cause, omitted }) };
        }
        failure
    }

    /// This failure, then the one that caused it, down to the origin.
    fn chain(&self) -> impl Iterator<Item = &Failure> {
        std::iter::successors(Some(self), |failure| failure.node.cause.as_ref())
    }

    /// Where the chain began: `self` unless the execution failed by awaiting a failed promise.
    #[must_use]
    pub fn origin(&self) -> &Failure {
        self.chain().last().expect("a chain begins with itself")
    }

    /// What kind of thing happened, at the [`origin`](Failure::origin).
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.node.link.kind
    }

    /// What happened at the [`origin`](Failure::origin): the panic's message, the error's text.
    #[must_use]
    pub fn message(&self) -> &str {
        match (self.kind(), self.said()) {
            (FailureKind::Cancelled, "") => "cancelled",
            (_, said) => said,
        }
    }

    /// What is to be said besides its kind, if anything.
    pub(crate) fn said(&self) -> &str {
        &self.origin().node.link.message
    }

    /// The execution that failed: the promise's id.
    #[must_use]
    pub fn id(&self) -> Id {
        self.node.link.who.id
    }

    /// The function that failed: its definition's name if it is an
    /// [`#[invocable]`](macro@crate::invocable) that had started, else as the call spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.node.link.who.name
    }

    /// The file of that function's definition, or else of the call.
    #[must_use]
    pub fn file(&self) -> &str {
        self.node.link.who.file
    }

    /// The line in [`file`](Failure::file).
    #[must_use]
    pub fn line(&self) -> u32 {
        self.node.link.who.line
    }

    /// Where the origin panicked, as `file:line:column`.
    ///
    /// Known only where async-mech's panic hook is installed: in programs that use
    /// [`#[async_mech::main]`](macro@crate::main) or [`#[async_mech::test]`](macro@crate::test),
    /// or that called [`install_panic_hook`](crate::install_panic_hook).
    #[must_use]
    pub fn panicked_at(&self) -> Option<&str> {
        self.origin().node.link.panicked_at.as_deref()
    }

    /// What the origin panicked with, as [`std::panic::catch_unwind`] would give it.
    ///
    /// # Errors
    ///
    /// The failure itself if it was no panic, or if the payload has been taken through a clone.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, Failure> {
        let payload =
            self.origin().node.link.payload.lock().unwrap_or_else(|e| e.into_inner()).take();
        payload.ok_or(self)
    }

    /// What the body unwound with, as if nobody had caught it.
    pub(crate) fn into_unwind(self) -> Box<dyn Any + Send> {
        match &self.node.cause {
            Some(cause) => Box::new(cause.clone()),
            None => self.into_panic().unwrap_or_else(|failure| Box::new(failure)),
        }
    }

    /// Whether a person has been told of it; one is, from now on.
    pub(crate) fn set_reported(&self) -> bool {
        self.node.link.reported.swap(true, Ordering::Relaxed)
    }

    /// What happened, and to which function: many are alike in that.
    pub(crate) fn alike(&self) -> Alike {
        let Who { file, line, .. } = self.origin().node.link.who;
        (self.kind() as u8, file, line)
    }

    /// Tells a person on stderr, unless that has happened.
    pub(crate) fn report(&self, what: &str) {
        if !self.origin().set_reported() {
            eprintln!("async-mech: {what}: {self:?}");
        }
    }

    /// Tells a person on stderr, whatever has been said.
    pub(crate) fn report_always(&self) {
        self.origin().set_reported();
        eprintln!("async-mech: {self:?}");
    }
}

impl Link {
    fn new(kind: FailureKind, who: Who, message: String) -> Link {
        Link {
            kind,
            message,
            who,
            panicked_at: None,
            payload: Mutex::new(None),
            error: None,
            reported: AtomicBool::new(false),
        }
    }
}

impl Drop for Link {
    /// The payload is a stranger's: its destructor may panic.
    fn drop(&mut self) {
        let payload = self.payload.get_mut().unwrap_or_else(|e| e.into_inner()).take();
        let error = self.error.take();
        discard(payload);
        discard(error);
    }
}

/// Drops a stranger's value; a panic of its destructor ends here (the hook has printed it).
pub(crate) fn discard<T>(value: T) {
    discard_by(|| drop(value));
}

/// The same, by what drops it.
pub(crate) fn discard_by(drop_it: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(drop_it)) else { return };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)))
        // One whose destructor panics in turn leaves another, which is leaked: there is no end to that.
        .map_err(std::mem::forget);
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (&self.node.cause, &self.node.link.error) {
            (Some(cause), _) => Some(cause),
            (None, Some(error)) => Some(&**error),
            (None, None) => None,
        }
    }
}
