//! An invocation as a span of `tracing`: made in the caller, entered around the body.
//!
//! The span is written out rather than made by `tracing`'s macro, which would say that every
//! invocation is in this file: whoever reads `code.file.path` wants the call.

use std::any::Any;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::LazyLock;

use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::dispatcher::{self, DefaultGuard, Dispatch};
use tracing::field::{Empty, Field, FieldSet, Value};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::metadata::Kind;
use tracing::{Level, Metadata, Span};

use crate::cell::Name;
use crate::context;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind, discard};

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&META);
static META: Metadata<'static> = Metadata::new(
    "invocation",
    "async_mech",
    Level::INFO,
    None,
    None,
    None,
    FieldSet::new(&NAMES, Identifier(&CALLSITE)),
    Kind::SPAN,
);

/// OpenTelemetry's names, where it has one.
const NAMES: [&str; 9] = [
    "otel.name",
    "id",
    "caller",
    "code.file.path",
    "code.line.number",
    "code.function.name",
    "error.type",
    "otel.status_code",
    "otel.status_description",
];

static FIELDS: LazyLock<[Field; 9]> =
    LazyLock::new(|| NAMES.map(|name| META.fields().field(name).expect("it is among its names")));

/// Whether anybody wants spans of invocations: what an invocation pays if nobody does. It is what
/// `tracing`'s macros ask, the cheapest first.
#[inline]
pub(crate) fn wanted() -> bool {
    Level::INFO <= STATIC_MAX_LEVEL
        && Level::INFO <= LevelFilter::current()
        && wanted_by_subscriber()
}

#[cold]
fn wanted_by_subscriber() -> bool {
    let interest = CALLSITE.interest();
    interest.is_always()
        || !interest.is_never() && dispatcher::get_default(|dispatch| dispatch.enabled(&META))
}

/// What an invocation that is not made yet will have as its caller's span.
pub(crate) struct Parent {
    span: Span,
    dispatch: Dispatch,
}

impl Parent {
    /// The span that the current execution is in.
    pub(crate) fn current() -> Parent {
        Parent { span: Span::current(), dispatch: dispatcher::get_default(Dispatch::clone) }
    }
}

/// The span of one invocation.
pub(crate) struct Invocation {
    span: Span,
    /// The execution's, which is taken early, to be in the span from the beginning.
    pub(crate) id: Id,
}

impl Invocation {
    /// The current execution invokes something.
    pub(crate) fn new(name: Name, call: &'static Location<'static>) -> Invocation {
        let caller = context::here(|id, _| id);
        Invocation::make(caller, name, call, |values| Span::new(&META, values))
    }

    /// Something is invoked on behalf of an execution that was in that span.
    pub(crate) fn within_parent(
        parent: Parent,
        caller: Id,
        name: Name,
        call: &'static Location<'static>,
    ) -> Invocation {
        let Parent { span, dispatch } = parent;
        dispatcher::with_default(&dispatch, move || {
            Invocation::make(caller, name, call, |values| Span::child_of(span.id(), &META, values))
        })
    }

    fn make(
        caller: Id,
        name: Name,
        call: &'static Location<'static>,
        span: impl FnOnce(&tracing::field::ValueSet<'_>) -> Span,
    ) -> Invocation {
        let id = Id::of_callee(caller);
        let file: &str = call.file();
        let values: [&dyn Value; 9] = [
            &name(),
            &id.as_u64(),
            &caller.as_u64(),
            &file,
            &call.line(),
            &Empty,
            &Empty,
            &Empty,
            &Empty,
        ];
        let mut fields = FIELDS.iter().zip(values).map(|(field, value)| (field, Some(value)));
        let values: [_; 9] = std::array::from_fn(|_| fields.next().expect("as many as names"));
        Invocation { span: span(&META.fields().value_set(&values)), id }
    }

    /// The execution will never start.
    pub(crate) fn refused(&self, kind: FailureKind, message: &str) {
        let record = AssertUnwindSafe(|| record_failure(&self.span, kind, message));
        if let Err(payload) = catch_unwind(record) {
            discard(payload);
        }
    }

    /// Runs the body in it, and closes it, unless children keep it open. A panic of the subscriber
    /// counts as one of the body, as a hook's does.
    pub(crate) fn within<R>(self, body: impl FnOnce() -> R) -> R {
        let entered = Entered::new(self.span);
        let result = catch_unwind(AssertUnwindSafe(body));
        let left = catch_unwind(AssertUnwindSafe(|| {
            record_end(&entered.span, result.as_ref().err());
            drop(entered);
        }));
        match (result, left) {
            (Ok(value), Ok(())) => value,
            (Ok(value), Err(payload)) => {
                discard(value);
                resume_unwind(payload)
            }
            (Err(payload), left) => {
                if let Err(second) = left {
                    discard(second);
                }
                resume_unwind(payload)
            }
        }
    }
}

/// Records what is known when the execution has ended: its definition, and why it failed.
fn record_end(span: &Span, panicked: Option<&Box<dyn Any + Send>>) {
    let [.., function, _, _, _] = &*FIELDS;
    if let Some(definition) = context::entered() {
        let name = format_args!("{}::{}", definition.module(), definition.name()).to_string();
        span.record(function, name);
    }
    let Some(payload) = panicked else { return };
    let (kind, message) = if let Some(failure) = payload.downcast_ref::<Failure>() {
        (failure.kind(), failure.message())
    } else if let Some(text) = payload.downcast_ref::<&str>() {
        (FailureKind::Panicked, *text)
    } else if let Some(text) = payload.downcast_ref::<String>() {
        (FailureKind::Panicked, text.as_str())
    } else {
        (FailureKind::Panicked, "a value that is not a string")
    };
    record_failure(span, kind, message);
}

fn record_failure(span: &Span, kind: FailureKind, message: &str) {
    let [.., error, code, description] = &*FIELDS;
    span.record(error, format!("{kind:?}").to_lowercase());
    span.record(code, "ERROR");
    span.record(description, message);
}

/// A span that this thread is in, with its subscriber as the thread's.
///
/// The thread may have another subscriber, or none, where the caller's is not the whole process's:
/// invocations would then lose it or not, depending on whether a thread was lent. And a registry
/// closes a span by way of the thread's subscriber, so that it must be this one when it is left.
struct Entered {
    /// There until it is left.
    span: Span,
    guard: Option<DefaultGuard>,
}

impl Entered {
    fn new(span: Span) -> Entered {
        let guard = span.with_subscriber(|(id, dispatch)| {
            let current = || dispatcher::get_default(|it| it.current_span().id().cloned());
            // Two subscribers may use one id.
            let other = current().as_ref() == Some(id);
            dispatch.enter(id);
            let same = !other && current().as_ref() == Some(id);
            if same { None } else { Some(dispatcher::set_default(dispatch)) }
        });
        Entered { span, guard: guard.flatten() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let span = std::mem::replace(&mut self.span, Span::none());
        span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
        drop(span);
        self.guard = None;
    }
}

/// A thread that is out of its span while another one stands in for it.
pub(crate) struct Away(Span);

impl Away {
    /// Leaves the span that this thread is in, if any.
    pub(crate) fn from_current() -> Away {
        let span = Span::current();
        span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
        Away(span)
    }

    /// Runs `f` in it, on the thread that stands in.
    pub(crate) fn within<R>(&self, f: impl FnOnce() -> R) -> R {
        let _entered = Entered::new(self.0.clone());
        f()
    }
}

impl Drop for Away {
    /// The thread is in it again.
    fn drop(&mut self) {
        self.0.with_subscriber(|(id, dispatch)| dispatch.enter(id));
    }
}
