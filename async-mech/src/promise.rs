//! The promise: an execution as its caller holds it, and the value it will have.

use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::r#await::{Terms, Wait, r#await};
use crate::cancel::{self, checkpoint};
use crate::cell::link::{self, Link};
use crate::cell::{Callee, Cell, Outcome, Promised, Task};
use crate::execution::Id;
use crate::fail::raise;
use crate::failure::Failure;
use crate::timed::TimedOut;

/// An invoked execution as its caller holds it: pending until the function returns, then
/// completed with the function's value or a [`Failure`].
///
/// [`invoke!`](crate::invoke) makes one. To read the value, write `p.await` or `await!(p)` in an
/// annotated function, and [`p.wait()`](Promise::wait) anywhere; each may block the caller. With
/// `T: Clone` the promise can be cloned, and every holder reads the value.
///
/// ```
/// use async_mech::invoke;
///
/// let p = invoke!(u32::pow(2, 10));
/// assert_eq!(p.wait(), 1024);
/// ```
#[must_use = "dropping a promise does not stop its function: it runs on, detached, and its value \
              is lost; call `detach()` to say that this is meant"]
pub struct Promise<T> {
    /// There until the promise is consumed.
    cell: Option<Arc<dyn Promised<T>>>,
}

impl<T> Promise<T> {
    pub(crate) fn new<F>(cell: Arc<Cell<T, F>>) -> Promise<T>
    where
        T: Send + 'static,
        F: Callee<T> + 'static,
    {
        Promise::of(cell)
    }

    /// The first promise of a cell.
    pub(crate) fn of(cell: Arc<dyn Promised<T>>) -> Promise<T> {
        Promise { cell: Some(cell) }
    }

    /// Tells `link` of the completion, under `index`: now if the promise is completed.
    pub(crate) fn when_settled(&self, link: &Arc<dyn Link>, index: usize) {
        if !self.cell().base().link(link, index) {
            link::settle(Arc::clone(link), index);
        }
    }

    /// The failure, if the promise is completed with one.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.cell().base().failure()
    }

    /// The outcome of a promise that is completed. A stranger's `clone` may panic: that is a
    /// failure too.
    pub(crate) fn completed(self) -> Outcome<T> {
        let cell = self.consume();
        let base = cell.base();
        catch_unwind(AssertUnwindSafe(|| base.take()))
            .unwrap_or_else(|payload| Err(Failure::from_unwind(base.header.who(), payload)))
    }

    /// Runs `f` with the promise's event loop as the current one.
    pub(crate) fn within_its_loop<R>(&self, f: impl FnOnce() -> R) -> R {
        self.cell().base().header.within_its_loop(f)
    }

    /// Drops the promise; a failure that nobody looks at is not worth a word. The invocation runs
    /// on.
    pub(crate) fn ignore(self) {
        self.cell().base().ignore_failure();
    }

    /// The cell, while the promise is pending.
    pub(crate) fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        let cell = self.cell.as_ref().filter(|cell| !cell.is_completed())?;
        Some(Arc::clone(cell) as Arc<dyn Task>)
    }

    pub(crate) fn cell(&self) -> &Arc<dyn Promised<T>> {
        self.cell.as_ref().expect("a promise has its cell until it is consumed")
    }

    fn consume(mut self) -> Arc<dyn Promised<T>> {
        self.cell.take().expect("a promise has its cell until it is consumed")
    }

    /// The id of the execution, and of the promise: they are the same.
    #[must_use]
    pub fn id(&self) -> Id {
        self.cell().base().header.id
    }

    /// The function as the call spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.cell().base().header.name()
    }

    /// Where it was invoked.
    #[must_use]
    pub fn location(&self) -> &'static Location<'static> {
        self.cell().base().header.location
    }

    /// Whether the value, or a failure, is there. Never blocks.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.cell().base().is_completed()
    }

    /// The value; suspends the caller until it is there. The article's *await*.
    ///
    /// If nobody has started the function yet, the caller, which has nothing else to do, runs it
    /// on its own thread.
    ///
    /// # Panics
    ///
    /// If the function failed: unwinds with its [`Failure`], without a second panic message. Use
    /// [`outcome`](Promise::outcome) to get the failure as a value.
    #[track_caller]
    #[inline]
    pub fn wait(self) -> T {
        match self.outcome() {
            Ok(value) => value,
            Err(failure) => raise("an await failed", failure),
        }
    }

    /// The same, with the place in the caller's code.
    #[inline(always)]
    pub(crate) fn wait_at(self, at: &'static Location<'static>) -> T {
        match self.outcome_at(at) {
            Ok(value) => value,
            Err(failure) => raise("an await failed", failure),
        }
    }

    /// The value or the failure; suspends the caller until it is there. A failure of the function
    /// does not unwind; that the *caller* is cancelled does.
    ///
    /// # Errors
    ///
    /// The function's [`Failure`].
    ///
    /// ```
    /// use async_mech::invoke;
    ///
    /// let p = invoke!(|| -> u32 { "twelve".parse().expect("digits") });
    /// let failure = p.outcome().unwrap_err();
    /// assert!(failure.message().starts_with("digits"));
    /// ```
    #[track_caller]
    pub fn outcome(self) -> Result<T, Failure> {
        self.outcome_at(Location::caller())
    }

    /// The same, with the place in the caller's code.
    #[inline(always)]
    pub(crate) fn outcome_at(mut self, at: &'static Location<'static>) -> Outcome<T> {
        match self.take(Wait::at(at)) {
            Some(outcome) => outcome,
            None => unreachable!("without a deadline an await ends with an outcome"),
        }
    }

    /// Awaits; with an outcome the promise is consumed.
    #[inline(always)]
    fn take(&mut self, wait: Wait<'_>) -> Option<Outcome<T>> {
        let outcome = r#await(&mut self.cell, wait);
        if wait.join().is_none() && cancel::ever() {
            // For what a lent thread kept from ending.
            checkpoint();
        }
        outcome
    }

    /// Waits for the children of a scope: nothing ends that early. If the caller is cancelled
    /// meanwhile, calls `cancelled`.
    pub(crate) fn join(
        mut self,
        at: &'static Location<'static>,
        cancelled: &dyn Fn(),
    ) -> Outcome<T> {
        let terms = Terms { join: Some(cancelled), ..Terms::default() };
        self.take(Wait::on(at, &terms))
            .unwrap_or_else(|| unreachable!("without a deadline an await ends"))
    }

    /// Waits until the deadline; the caller keeps the place it has among bounded work.
    pub(crate) fn sleep_until(mut self, at: &'static Location<'static>, deadline: Instant) {
        // Its resolver is dropped unused, however this ends.
        self.cell().base().ignore_failure();
        let terms = Terms { deadline: Some(deadline), keeps_place: true, join: None };
        let _ = self.take(Wait::on(at, &terms));
    }

    /// The outcome if it is there, else the promise back. Does not wait for the function; if
    /// another holder is just cloning the value, waits for that.
    ///
    /// # Errors
    ///
    /// The promise, if it is pending. (A failure of the function is the inner `Err`.)
    #[track_caller]
    pub fn try_wait(self) -> Result<Result<T, Failure>, Promise<T>> {
        if self.is_completed() { Ok(self.outcome()) } else { Err(self) }
    }

    /// The outcome if it is there within `timeout`, else the promise back. The function is not
    /// cancelled by a timeout.
    ///
    /// ```
    /// use async_mech::promise;
    /// use std::time::Duration;
    ///
    /// let (p, resolver) = promise();
    /// let p = p.wait_timeout(Duration::from_millis(1)).unwrap_err().into_promise();
    /// resolver.resolve("late");
    /// assert_eq!(p.wait(), "late");
    /// ```
    ///
    /// # Errors
    ///
    /// [`TimedOut`], with the promise. (A failure of the function is the inner `Err`.)
    #[track_caller]
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<T, Failure>, TimedOut<T>> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.wait_deadline(deadline),
            None => Ok(self.outcome()),
        }
    }

    /// The outcome if it is there by `deadline`, else the promise back. The function is not
    /// cancelled by a timeout.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], with the promise. (A failure of the function is the inner `Err`.)
    #[track_caller]
    pub fn wait_deadline(mut self, deadline: Instant) -> Result<Result<T, Failure>, TimedOut<T>> {
        let terms = Terms { deadline: Some(deadline), ..Terms::default() };
        match self.take(Wait::on(Location::caller(), &terms)) {
            Some(outcome) => Ok(outcome),
            None => Err(TimedOut::new(self)),
        }
    }

    /// Lets the function run on without anybody to read its value. Dropping the promise does the
    /// same; this says that it is meant.
    pub fn detach(self) {}
}

impl<T: Clone> Clone for Promise<T> {
    /// Another promise of the same execution. Each holder gets the value: the last one the value
    /// itself, the others clones of it, made by one holder at a time.
    fn clone(&self) -> Promise<T> {
        let cell = self.cell();
        cell.base().add_holder(T::clone);
        Promise { cell: Some(Arc::clone(cell)) }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            cell.base().drop_holder();
        }
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_completed() { "completed" } else { "pending" };
        write!(f, "Promise({} `{}`, {state})", self.id(), self.name())
    }
}
