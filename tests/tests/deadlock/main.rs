//! Executions that await each other in a circle are told so, and nobody else is.

mod circles;
mod combinators;
mod cycles;
mod message;
mod not_deadlocks;
mod scopes;
mod threads;

use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Promise};
use tests::{Watchdog, is_own_deadlock, until_no_promises};

/// Long enough never to pass in a test.
const HOUR: Duration = Duration::from_secs(3600);

/// With a loop of its own, on which nothing is left in the end.
fn with_loop<T>(f: impl FnOnce(&EventLoop) -> T) -> T {
    with(&EventLoop::builder().build(), f)
}

fn with<T>(event_loop: &EventLoop, f: impl FnOnce(&EventLoop) -> T) -> T {
    let _watchdog = Watchdog::over(event_loop);
    let result = event_loop.run(|| f(event_loop));
    assert_eq!(event_loop.shutdown(HOUR), 0);
    until_no_promises(event_loop);
    result
}

/// The failures of a circle: all lead to the deadlock, which one of them is.
#[track_caller]
fn assert_one_deadlock(failures: &[Failure]) -> Failure {
    let own: Vec<_> = failures.iter().filter(|failure| is_own_deadlock(failure)).collect();
    assert_eq!(own.len(), 1, "{failures:#?}");
    for failure in failures {
        assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
        assert_eq!(failure.origin().id(), own[0].id(), "{failure}");
    }
    own[0].clone()
}

fn failures<T>(promises: impl IntoIterator<Item = Promise<T>>) -> Vec<Failure> {
    let outcomes = promises.into_iter().map(Promise::outcome);
    outcomes.map(|outcome| outcome.map(|_| "a value").unwrap_err()).collect()
}

/// The lines of the message after the first, without the indentation.
fn steps(failure: &Failure) -> Vec<String> {
    failure.message().lines().skip(1).map(|line| line.trim_start().to_owned()).collect()
}
