//! Trying again: for a few seconds where somebody waits for an answer, for ever where a promise does.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a call that somebody waits for is tried again.
pub(crate) const A_FEW_SECONDS: Duration = Duration::from_secs(5);

/// Growing pauses, from 50 milliseconds to 2 seconds.
pub(crate) struct Pauses(Duration);

impl Pauses {
    pub(crate) fn new() -> Pauses {
        Pauses(Duration::from_millis(50))
    }

    pub(crate) async fn pause(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Duration::from_secs(2));
    }
}

/// Why something failed, and whether it may go better in a moment.
pub(crate) enum Failure<E> {
    Passing(E),
    Lasting(E),
}

/// Tries for a few seconds.
pub(crate) async fn patiently<T, E, F>(mut attempt: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, Failure<E>>>,
{
    let end = Instant::now() + A_FEW_SECONDS;
    let mut pauses = Pauses::new();
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(Failure::Passing(_)) if Instant::now() < end => pauses.pause().await,
            Err(Failure::Passing(error) | Failure::Lasting(error)) => return Err(error),
        }
    }
}

impl<E> Failure<E> {
    pub(crate) fn map<F>(self, f: impl FnOnce(E) -> F) -> Failure<F> {
        match self {
            Failure::Passing(error) => Failure::Passing(f(error)),
            Failure::Lasting(error) => Failure::Lasting(f(error)),
        }
    }

    pub(crate) fn into_inner(self) -> E {
        match self {
            Failure::Passing(error) | Failure::Lasting(error) => error,
        }
    }
}
