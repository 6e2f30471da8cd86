//! Mapping with a bound: an invocation for each item, only so many at a time.

mod places;
mod work;

use std::any::type_name;
use std::fmt;
use std::iter::FusedIterator;
use std::panic::{Location, resume_unwind};
use std::sync::Arc;

use self::places::{Seat, Watch};
use self::work::Work;
use crate::cancel::checkpoint;
use crate::cell::link::Link;
use crate::context;
use crate::event_loop;
use crate::failure::Failure;
use crate::resolver;
#[cfg(feature = "trace")]
use crate::trace;

/// Items under way that await and are not counted, where nothing else was said: each has a thread,
/// and the process has room for some thousands.
const MAX_AWAITING: usize = 1_000;

/// Invokes `f` for each item, with at most `n` of these executions running at a time, and gives
/// their results in the order of the items. Lazy: nothing is invoked before the first
/// [`next`](Iterator::next).
///
/// A function that fails gives its [`Failure`] in place of a result; the others go on. (One that returns
/// an `Err` does not fail: it gives `Ok(Err(..))`.)
/// [`unordered`](MapBounded::unordered) gives results in the order in which they complete.
///
/// ```
/// use async_mech::map_bounded;
///
/// let squares = map_bounded(1..=5, 2, |n: u32| n * n);
/// assert_eq!(squares.collect::<Result<Vec<_>, _>>()?, [1, 4, 9, 16, 25]);
/// # Ok::<(), async_mech::Failure>(())
/// ```
///
/// # What runs, and what is pulled
///
/// An execution that awaits does not use up its place (one that sleeps does): another item begins
/// meanwhile. When it goes on it takes a place again, before any item that has not begun. So do not
/// await while you hold a lock that other items take: they may have all the places, and wait for
/// it. What an item invokes needs no place.
///
/// Items are pulled by the consumer's thread, in `next`, and only as far as needed: until `n` are
/// under way, which are those that have not ended, save the ones that await, and those whose
/// result waits to be given out. So an endless iterator is pulled as fast as results are consumed,
/// and no faster. If very many await, 1,000 of them are not counted; this number can be
/// [changed](MapBounded::max_awaiting). Never are more than both numbers together under way.
///
/// An item may await what an earlier one gives. If as many as may be under way await what a later one
/// would give, that one is never pulled, and `next` waits for ever: put items in the order in which they
/// depend on each other.
///
/// `next` pulls before it gives out, so that items run while the consumer is busy. An input that
/// blocks therefore holds back a result that is ready.
///
/// What has been pulled runs: if the iterator is dropped, nothing more is pulled, and the items
/// under way go on, detached, still `n` at a time. They are cancelled if the execution that waits
/// in `next` is.
///
/// This is Elixir's `Task.async_stream`, and `buffered` of the futures crate.
///
/// # Panics
///
/// If `n` is 0. A panic of the input leaves `next`, and nothing is lost: the following `next`
/// goes on. `next` also unwinds with a [`Failure`] if the execution that waits in it is cancelled,
/// or waits for itself.
#[track_caller]
pub fn map_bounded<I, F, T>(items: I, n: usize, f: F) -> MapBounded<I::IntoIter, F, T>
where
    I: IntoIterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    assert!(n > 0, "map_bounded: with no place (n = 0) nothing would ever run");
    MapBounded {
        items: items.into_iter(),
        pulled: 0,
        f: Arc::new(f),
        work: Arc::new(Work::new(n, MAX_AWAITING)),
        location: Location::caller(),
    }
}

/// Iterator of [`map_bounded`]: results in the order of the items.
#[must_use = "nothing is invoked before the first `next`"]
pub struct MapBounded<I, F, T> {
    items: I,
    /// Items pulled so far.
    pulled: usize,
    f: Arc<F>,
    work: Arc<Work<T>>,
    /// The call of `map_bounded`.
    location: &'static Location<'static>,
}

impl<I, F, T> MapBounded<I, F, T> {
    /// Gives results in the order in which they complete, each with the index of its item. One
    /// slow item then holds nobody back. The `buffer_unordered` of the futures crate.
    ///
    /// ```
    /// use async_mech::map_bounded;
    ///
    /// let lengths = map_bounded(["a", "bcd"], 2, str::len).unordered();
    /// let mut lengths: Vec<_> = lengths.map(|(index, length)| (index, length.unwrap())).collect();
    /// lengths.sort_unstable();
    /// assert_eq!(lengths, [(0, 1), (1, 3)]);
    /// ```
    pub fn unordered(self) -> Unordered<I, F, T> {
        self.work.with(|work| work.unordered());
        Unordered(self)
    }

    /// Of the items that await, so many are not counted as under way: never are more than these
    /// and the `n` that may run pulled and not given out. With 0, an item keeps others from being
    /// pulled until its result is given out, as `buffered` of the futures crate has it.
    ///
    /// ```
    /// use async_mech::{invoke, map_bounded};
    ///
    /// let doubled = map_bounded(0..100, 4, |n: u32| invoke!(move || n * 2).wait()).max_awaiting(8);
    /// assert_eq!(doubled.map(Result::unwrap).sum::<u32>(), 9_900);
    /// ```
    pub fn max_awaiting(self, most: usize) -> MapBounded<I, F, T> {
        self.work.with(|work| work.max_awaiting = most);
        self
    }
}

impl<I, F, T> MapBounded<I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    fn give(&mut self) -> Option<(usize, Result<T, Failure>)> {
        loop {
            while self.work.with(|work| work.may_pull()) {
                // Outside the lock, and before anything has changed: it may panic.
                match self.items.next() {
                    Some(item) => self.invoke(item),
                    None => self.work.with(|work| work.exhausted = true),
                }
            }
            if let Some((index, promise)) = self.work.with(|work| work.give()) {
                return Some((index, promise.completed()));
            }
            if self.work.with(|work| work.exhausted && work.under_way() == 0) {
                return None;
            }
            self.wait();
        }
    }

    fn invoke(&mut self, item: I::Item) {
        let (index, f, work) = (self.pulled, Arc::clone(&self.f), Arc::clone(&self.work));
        let body = move || {
            let (seat, _seated) = Seat::take(work as Arc<dyn Watch>);
            context::set_place(seat);
            // It may have been cancelled while it waited for its place.
            checkpoint();
            f(item)
        };
        let promise = event_loop::invoke(type_name::<F>, self.location, body);
        self.pulled += 1;
        // Added before it can say that it is completed, or it would be missed.
        let cell = promise.pending_cell();
        self.work.with(|work| work.add(index, promise));
        let link = Arc::clone(&self.work) as Arc<dyn Link>;
        if !cell.is_some_and(|cell| cell.link(&link, index)) {
            link.settled(index);
        }
    }

    /// Waits until there is something to give out or to pull.
    fn wait(&self) {
        /// Also if the wait unwinds.
        struct Ended<'a, T>(&'a Work<T>);
        impl<T> Drop for Ended<'_, T> {
            fn drop(&mut self) {
                self.0.end_wait();
            }
        }
        let (woken, resolver) = resolver::pending::<()>(|| "map_bounded", self.location);
        let link = Arc::clone(&self.work) as Arc<dyn Link>;
        resolver.depends_on(Arc::downgrade(&link));
        let _ended = Ended(&self.work);
        match self.work.with(|work| work.wake(resolver)) {
            Some(resolver) => resolver.resolve(()),
            None => {
                observed! {
                    let pending = self.work.with(|work| work.some_pending(trace::LINKED));
                    trace::emit_links(pending, woken.id());
                }
                if let Err(failure) = woken.outcome_at(self.location) {
                    resume_unwind(Box::new(failure));
                }
            }
        }
    }
}

impl<I, F, T> Iterator for MapBounded<I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    type Item = Result<T, Failure>;

    fn next(&mut self) -> Option<Result<T, Failure>> {
        self.give().map(|(_, result)| result)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (pulled, exhausted) = self.work.with(|work| (work.under_way(), work.exhausted));
        let (least, most) = if exhausted { (0, Some(0)) } else { self.items.size_hint() };
        (least.saturating_add(pulled), most.and_then(|most| most.checked_add(pulled)))
    }
}

impl<I, F, T> FusedIterator for MapBounded<I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
}

impl<I, F, T> Drop for MapBounded<I, F, T> {
    /// The items under way are detached, outside the lock: results may have destructors.
    fn drop(&mut self) {
        let items = self.work.with(|work| work.close());
        drop(items);
    }
}

impl<I, F, T> fmt::Debug for MapBounded<I, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let under_way = self.work.with(|work| work.under_way());
        f.debug_struct("MapBounded")
            .field("pulled", &self.pulled)
            .field("under_way", &under_way)
            .finish_non_exhaustive()
    }
}

/// Iterator of [`MapBounded::unordered`]: results in the order in which they complete, each with
/// the index of its item.
#[must_use = "nothing is invoked before the first `next`"]
#[derive(Debug)]
pub struct Unordered<I, F, T>(MapBounded<I, F, T>);

impl<I, F, T> Iterator for Unordered<I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
    type Item = (usize, Result<T, Failure>);

    fn next(&mut self) -> Option<(usize, Result<T, Failure>)> {
        self.0.give()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<I, F, T> FusedIterator for Unordered<I, F, T>
where
    I: Iterator,
    I::Item: Send + 'static,
    F: Fn(I::Item) -> T + Send + Sync + 'static,
    T: Send + 'static,
{
}
