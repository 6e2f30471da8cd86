//! What promises end with.

use std::error::Error;

use async_mech::{AggregateFailure, Failure, FailureKind, Promise, promise};

/// A promise that has this value.
pub fn completed<T: Send + 'static>(value: T) -> Promise<T> {
    let (p, resolver) = promise();
    resolver.resolve(value);
    p
}

/// The kind of the failure that an outcome has to be.
#[track_caller]
pub fn kind_of<T>(outcome: Result<T, Failure>) -> FailureKind {
    outcome.map(|_| "a value").unwrap_err().kind()
}

/// Whether the failure is the deadlock itself, told to the one whose await ends.
#[must_use]
pub fn is_own_deadlock(failure: &Failure) -> bool {
    failure.kind() == FailureKind::Deadlock && failure.source().is_none()
}

/// Whether a deadlock is what the failure began with.
#[must_use]
pub fn leads_to_deadlock(failure: &Failure) -> bool {
    let mut source: Option<&(dyn Error + 'static)> = Some(failure);
    while let Some(error) = source {
        if error.downcast_ref::<Failure>().is_some_and(is_own_deadlock) {
            return true;
        }
        if let Some(all) = error.downcast_ref::<AggregateFailure>() {
            return all.failures().iter().any(leads_to_deadlock);
        }
        source = error.source();
    }
    false
}
