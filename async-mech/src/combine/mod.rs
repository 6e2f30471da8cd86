//! Promises of promises: combinators and linking. No thread waits on behalf of any of them.

mod all;
mod any;
mod as_completed;
mod flatten;
mod gather;
mod staged;
mod then;
pub(crate) mod tuple;

use std::panic::Location;

use self::all::{All, AllSettled};
pub use self::any::AggregateFailure;
use self::any::{Any, Race};
pub use self::as_completed::AsCompleted;
use self::gather::gather;
use crate::failure::Failure;
use crate::promise::Promise;

/// Several promises as one. They are JavaScript's, and mean what they mean there, but for an empty
/// [`race`](Promise::race). No thread waits meanwhile; the inputs run whether or not the result is
/// awaited.
impl<T: Send + 'static> Promise<T> {
    /// All the values, in the order of the promises; or the first failure, at once, while others
    /// run on. JavaScript's `Promise.all`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke};
    ///
    /// let squares = Promise::all((1..=4).map(|n| invoke!(move || n * n)));
    /// assert_eq!(squares.wait(), [1, 4, 9, 16]);
    /// ```
    ///
    /// # Errors
    ///
    /// The promise fails with the first failure, which becomes the source of its own. What the
    /// other functions do is lost then, and nobody is told if they fail as well.
    /// [`all_settled`](Promise::all_settled) waits for all of them.
    ///
    /// A function that returns an `Err` does not fail: its `Result` is one of the values, and all are
    /// waited for. [`as_completed`](Promise::as_completed) gives what is there first, and
    /// [`fail`](crate::fail()) makes a failure of an error.
    #[track_caller]
    pub fn all(promises: impl IntoIterator<Item = Promise<T>>) -> Promise<Vec<T>> {
        gather::<All<T>>(promises, Location::caller())
    }

    /// All the outcomes, in the order of the promises. It does not fail. JavaScript's
    /// `Promise.allSettled`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke};
    ///
    /// let numbers = ["1", "two", "3"].map(|text| invoke!(move || text.parse::<u32>().unwrap()));
    /// let outcomes = Promise::all_settled(numbers).wait();
    /// assert_eq!(outcomes.into_iter().filter_map(Result::ok).collect::<Vec<_>>(), [1, 3]);
    /// ```
    #[track_caller]
    pub fn all_settled(
        promises: impl IntoIterator<Item = Promise<T>>,
    ) -> Promise<Vec<Result<T, Failure>>> {
        gather::<AllSettled<T>>(promises, Location::caller())
    }

    /// The first value; others run on. Failures count only when there is nothing else. JavaScript's
    /// `Promise.any`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke, promise};
    ///
    /// let (slow, _resolver) = promise();
    /// let broken = invoke!(|| -> &str { panic!("no route") });
    /// let mirrors = [slow, broken, invoke!(|| "the page")];
    /// assert_eq!(Promise::any(mirrors).wait(), "the page");
    /// ```
    ///
    /// # Errors
    ///
    /// If all of them fail, or if there are none, the promise fails with an [`AggregateFailure`].
    #[track_caller]
    pub fn any(promises: impl IntoIterator<Item = Promise<T>>) -> Promise<T> {
        gather::<Any<T>>(promises, Location::caller())
    }

    /// The first outcome, value or failure; others run on, and nobody is told if they fail.
    /// JavaScript's `Promise.race`, and the article's `Promise.one`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke, promise};
    ///
    /// let (slow, _resolver) = promise();
    /// assert_eq!(Promise::race([slow, invoke!(|| "fast")]).wait(), "fast");
    /// ```
    ///
    /// # Errors
    ///
    /// The first outcome may be a failure. A race of no promises fails, where JavaScript's would be
    /// pending for ever.
    #[track_caller]
    pub fn race(promises: impl IntoIterator<Item = Promise<T>>) -> Promise<T> {
        gather::<Race<T>>(promises, Location::caller())
    }

    /// The outcomes in the order in which they come, each with the place of its promise among the
    /// inputs. JavaScript has no such function; Python's `asyncio.as_completed` is one.
    ///
    /// ```
    /// use async_mech::{Promise, invoke, promise};
    ///
    /// let (slow, resolver) = promise();
    /// let mut outcomes = Promise::as_completed([slow, invoke!(|| "fast")]);
    /// let (index, outcome) = outcomes.next().unwrap();
    /// assert_eq!((index, outcome.unwrap()), (1, "fast"));
    /// resolver.resolve("slow");
    /// let (index, outcome) = outcomes.next().unwrap();
    /// assert_eq!((index, outcome.unwrap()), (0, "slow"));
    /// assert!(outcomes.next().is_none());
    /// ```
    ///
    /// # Panics
    ///
    /// `next` unwinds where an await would: if the execution is cancelled, or would wait for
    /// itself. A failure of a promise is an item.
    #[track_caller]
    pub fn as_completed(promises: impl IntoIterator<Item = Promise<T>>) -> AsCompleted<T> {
        AsCompleted::new(promises, Location::caller())
    }
}
