//! Joins: two calls, of which the second may be run by another thread meanwhile.

mod offer;

use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use self::offer::{Back, Offer};
use crate::abort::AbortOnUnwind;
use crate::context;
#[cfg(feature = "durable")]
use crate::durable;
use crate::fail::tell;
use crate::failure::{Failure, discard};
use crate::inherit;
use crate::scope::Payload;
use crate::scope::erase::joined;
#[cfg(feature = "tracing")]
use crate::spans;
#[cfg(feature = "trace")]
use crate::trace;

/// Calls `a`, and meanwhile offers `b` to other threads; returns what both return. For work that
/// divides itself.
///
/// `a` is a plain call. If no thread has taken `b` when `a` has returned, `b` is one as well: it is
/// part of the execution that calls `join`, and [`current`](crate::current) says so. If one has, `b`
/// is an execution of its own, called by this one, and `join` waits until it has ended. So two calls
/// cost little more than calls, however small they are, and still use all processors: the pieces that
/// are taken are the oldest, which are the largest. As calls they use the stack of their thread.
///
/// Both may borrow from the stack. Only `b`, and what it returns, must be [`Send`].
///
/// ```
/// use async_mech::join;
///
/// fn sum(numbers: &[u64]) -> u64 {
///     if numbers.len() < 2 {
///         return numbers.iter().sum();
///     }
///     let (left, right) = numbers.split_at(numbers.len() / 2);
///     let (left, right) = join(|| sum(left), || sum(right));
///     left + right
/// }
///
/// let numbers: Vec<u64> = (1..=1_000).collect();
/// assert_eq!(sum(&numbers), 500_500);
/// ```
///
/// # When to use it, and when `invoke!`
///
/// [`invoke!`](crate::invoke) makes an execution and a promise of every call: with an id, in
/// [snapshots](crate::EventLoop::snapshot), to be awaited by anybody, cancelled, or left to run. That
/// costs ten times as much, which is nothing where calls wait for anything. `join` is for calls that
/// compute, are many, and end where they began. What it offers is in snapshots only once it has been
/// taken.
///
/// The halves may wait for each other: `b` is taken promptly, as an invoked function would be, and
/// like that one it waits at a [ceiling](crate::Builder::max_threads) of threads until `a` awaits a
/// promise, or ends.
///
/// Where invocations are observed or inherit something ([`inherit`](crate::inherit()), the features
/// `trace` and `tracing`), or [threads are not lent](crate::Builder::lend_threads), `b` is invoked each
/// time, as the only child of a [`scope`](crate::scope()), so that it is seen, and has its context. A
/// durable execution calls `a`, then `b`: it has to do the same at each run. So does every join on a loop
/// that was [shut down](crate::EventLoop::shutdown), where nothing is taken any more: there the halves
/// cannot wait for each other. A shutdown waits for a `b` that was taken, but does not know of one that
/// may still be.
///
/// This is the `join` of Cilk and Rayon. That a call becomes a task only when somebody else takes it is
/// *lazy task creation* (Mohr, Kranz and Halstead, 1990).
///
/// # Panics
///
/// If one of them does, with the same payload, whichever thread has run it. If `a` unwinds, `b` is
/// dropped without being called, or, if it was taken, is [cancelled](crate::Promise::cancel) and waited
/// for. What `b` panics with is lost if `a` panics too. If `b` fails in another way, such as in a
/// deadlock, with the [`Failure`].
///
/// If the execution is cancelled while it waits for `b`, so is `b`, which is waited for all the same.
#[track_caller]
pub fn join<A, B, RA, RB>(a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    let location = Location::caller();
    #[cfg(feature = "durable")]
    if durable::any_active() && context::durable().is_some() {
        return (a(), b());
    }
    if is_seen() {
        return invoked(location, a, b);
    }
    let (caller, shard, unattended) = context::here(|caller, home| {
        (caller, home.shard.clone(), home.threads.searchers.seem_to_be_none())
    });
    if !shard.lend {
        return invoked(location, a, b);
    }
    let abort = AbortOnUnwind::new(|| "a join could not be ended");
    let offer = Offer::new(caller, shard, location, b);
    // From here on it stays where it is, and this frame is not left before it has come back.
    let offer = &offer;
    if !offer.make(unattended) {
        abort.disarm();
        return (a(), offer.body()());
    }
    let result = catch_unwind(AssertUnwindSafe(a));
    match offer.end(result.is_err()) {
        Back::Untaken(b) => {
            abort.disarm();
            match result {
                Ok(result) => (result, b()),
                Err(payload) => {
                    discard(b);
                    resume_unwind(payload)
                }
            }
        }
        Back::Taken(outcome) => {
            abort.disarm();
            both(result, outcome)
        }
    }
}

/// Whether invocations are seen, or take something with them.
#[inline(always)]
fn is_seen() -> bool {
    #[cfg(feature = "trace")]
    if trace::on() {
        return true;
    }
    #[cfg(feature = "tracing")]
    if spans::wanted() {
        return true;
    }
    inherit::any()
}

/// What both have returned, or the panic that counts.
#[cold]
#[inline(never)]
fn both<RA, RB>(a: Result<RA, Payload>, b: Result<RB, Failure>) -> (RA, RB) {
    match (a, b) {
        (Ok(a), Ok(b)) => (a, b),
        (Ok(a), Err(failure)) => {
            discard(a);
            raise(failure)
        }
        (Err(payload), b) => {
            discard(b);
            resume_unwind(payload)
        }
    }
}

fn raise(failure: Failure) -> ! {
    tell("a join failed", &failure);
    resume_unwind(failure.into_unwind())
}

/// Invokes `b`, as the only child of a scope; unless the loop is shut down.
#[cold]
#[inline(never)]
fn invoked<A, B, RA, RB>(location: &'static Location<'static>, a: A, b: B) -> (RA, RB)
where
    A: FnOnce() -> RA,
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    if context::here(|_, home| home.shard.is_closed()) {
        return (a(), b());
    }
    let mut value = None;
    let (result, first) = joined(
        || "join",
        location,
        |s| {
            let b = s.invoke_at(std::any::type_name::<B>, location, b);
            (value.insert(a()), b.outcome_at(location)).1
        },
    );
    match (value, result) {
        (Some(a), Ok(b)) => both(Ok(a), b.map_err(|failure| first.unwrap_or(failure))),
        (value, Err(payload)) => {
            discard(value);
            resume_unwind(payload)
        }
        (None, Ok(_)) => unreachable!("`a` has returned before"),
    }
}
