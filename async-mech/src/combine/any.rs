//! `any` and `race`: one input is enough.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use super::gather::Rule;
use crate::failure::{Failure, FailureKind};
use crate::promise::Promise;
use crate::resolver::Resolver;

/// The first value, or all failures.
pub(super) struct Any<T>(PhantomData<fn() -> T>);

impl<T: Send + 'static> Rule for Any<T> {
    type Input = T;
    type Output = T;
    const NAME: &'static str = "any";
    const ANY: bool = true;

    fn decides(input: &Promise<T>) -> bool {
        input.failure().is_none()
    }

    fn decided(inputs: Vec<Promise<T>>, index: usize, target: Resolver<T>) {
        first(inputs, index, target);
    }

    fn exhausted(inputs: Vec<Promise<T>>, target: Resolver<T>) {
        let failures = inputs.iter().filter_map(Promise::failure).collect();
        target.fail(AggregateFailure { failures });
    }
}

/// The first outcome.
pub(super) struct Race<T>(PhantomData<fn() -> T>);

impl<T: Send + 'static> Rule for Race<T> {
    type Input = T;
    type Output = T;
    const NAME: &'static str = "race";
    const ANY: bool = true;

    fn decides(_: &Promise<T>) -> bool {
        true
    }

    fn decided(inputs: Vec<Promise<T>>, index: usize, target: Resolver<T>) {
        first(inputs, index, target);
    }

    fn exhausted(_: Vec<Promise<T>>, target: Resolver<T>) {
        target.refuse(FailureKind::Failed, "a race of no promises: nothing would ever end it");
    }
}

/// Completes the target as one input is completed. The others run on.
fn first<T>(mut inputs: Vec<Promise<T>>, index: usize, target: Resolver<T>) {
    let winner = inputs.swap_remove(index);
    target.settle(winner.completed());
    inputs.into_iter().for_each(Promise::ignore);
}

/// Why [`Promise::any`] has no value: each of its promises failed. JavaScript's `AggregateError`.
///
/// It is the source of the promise's [`Failure`].
///
/// ```
/// use std::error::Error;
///
/// use async_mech::{AggregateFailure, Promise, invoke};
///
/// let p = Promise::any([invoke!(|| -> u32 { panic!("no") }), invoke!(|| -> u32 { panic!("neither") })]);
/// let failure = p.outcome().unwrap_err();
/// let source = failure.source().expect("what any failed with");
/// let all: &AggregateFailure = source.downcast_ref().expect("an aggregate");
/// let messages: Vec<_> = all.failures().iter().map(|failure| failure.message()).collect();
/// assert_eq!(messages, ["no", "neither"]);
/// ```
#[derive(Clone)]
pub struct AggregateFailure {
    failures: Vec<Failure>,
}

impl AggregateFailure {
    /// The failures, in the order of the promises; none if there was no promise.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

/// How many failures the message spells out.
const SPELT: usize = 3;
/// How many characters of each.
const LONGEST: usize = 1_000;

impl fmt::Display for AggregateFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures = &self.failures;
        match failures.len() {
            0 => return f.write_str("any of no promises: there is no value to take"),
            1 => write!(f, "the only promise failed")?,
            n => write!(f, "all {n} promises failed")?,
        }
        for (n, failure) in failures.iter().take(SPELT).enumerate() {
            let before = if n == 0 { ":" } else { ";" };
            // A failure may be another aggregate, and so on: what is cut off is in `failures`.
            let text = failure.to_string();
            match text.char_indices().nth(LONGEST) {
                None => write!(f, "{before} {text}")?,
                Some((end, _)) => write!(f, "{before} {}..", &text[..end])?,
            }
        }
        match failures.len().saturating_sub(SPELT) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Debug for AggregateFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.failures).finish()
    }
}

impl Error for AggregateFailure {}
