//! A promise as a future: awaited in a real `async fn`, on any executor.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::cell::Task;
use crate::cell::link::{Inputs, Link};
use crate::failure::{Failure, discard};
use crate::promise::Promise;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, lock};

/// A promise awaited in a real `async fn`, on any executor: what `p.await` there makes of it.
///
/// It gives the value once the promise is completed, and wakes the task then. No thread waits
/// meanwhile, and none is lent: a thread of the event loop runs the function. Dropping the future
/// drops the promise, so the function runs on, detached; a future that is borrowed, as in
/// `select(&mut future, ..)`, loses nothing and can be awaited again.
///
/// ```
/// use async_mech::{block_on, invoke};
///
/// async fn doubled(n: u32) -> u32 {
///     invoke!(move || n).await * 2
/// }
///
/// assert_eq!(block_on(doubled(21)), 42);
/// ```
///
/// # Panics
///
/// If the function failed: the poll unwinds with its [`Failure`], as
/// [`wait`](Promise::wait) does; [`outcome`](PromiseFuture::outcome) returns it instead. If it is
/// polled after it gave the value.
#[must_use = "a promise that is not awaited loses its value; its function runs on, detached"]
pub struct PromiseFuture<T> {
    completion: Completion<T>,
}

/// The same, as a future of the value or the failure: see [`PromiseFuture::outcome`].
///
/// # Panics
///
/// If it is polled after it gave the outcome.
#[must_use = "a promise that is not awaited loses its value; its function runs on, detached"]
pub struct OutcomeFuture<T> {
    completion: Completion<T>,
}

impl<T> IntoFuture for Promise<T> {
    type Output = T;
    type IntoFuture = PromiseFuture<T>;

    fn into_future(self) -> PromiseFuture<T> {
        PromiseFuture { completion: Completion { promise: Some(self), wakes: None } }
    }
}

/// Gives a clone of the value; the promise stays.
impl<T: Clone> IntoFuture for &Promise<T> {
    type Output = T;
    type IntoFuture = PromiseFuture<T>;

    fn into_future(self) -> PromiseFuture<T> {
        self.clone().into_future()
    }
}

impl<T> PromiseFuture<T> {
    /// The value or the failure, without unwinding: [`Promise::outcome`] for `async` code.
    ///
    /// ```
    /// use async_mech::{FailureKind, block_on, invoke};
    ///
    /// let p = invoke!(|| -> u32 { panic!("no disk") });
    /// let failure = block_on(p.into_future().outcome()).unwrap_err();
    /// assert_eq!(failure.kind(), FailureKind::Panicked);
    /// ```
    ///
    /// # Errors
    ///
    /// The future gives the function's [`Failure`].
    pub fn outcome(self) -> OutcomeFuture<T> {
        OutcomeFuture { completion: self.completion }
    }

    /// The promise back, if the future has not given its value.
    pub fn into_promise(mut self) -> Option<Promise<T>> {
        self.completion.promise.take()
    }
}

impl<T> OutcomeFuture<T> {
    /// The promise back, if the future has not given its outcome.
    pub fn into_promise(mut self) -> Option<Promise<T>> {
        self.completion.promise.take()
    }
}

impl<T> Future for PromiseFuture<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.completion.poll(context.waker()).map(Promise::wait)
    }
}

impl<T> Future for OutcomeFuture<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        self.completion.poll(context.waker()).map(Promise::outcome)
    }
}

/// Waits for a promise to be completed.
struct Completion<T> {
    /// There until it is completed, and seen to be.
    promise: Option<Promise<T>>,
    /// Registered with the promise at the first poll, so that it is registered once.
    wakes: Option<Arc<Wakes>>,
}

impl<T> Completion<T> {
    /// The promise, once it is completed; `waker` is woken when it is.
    fn poll(&mut self, waker: &Waker) -> Poll<Promise<T>> {
        let promise = self.promise.as_ref().expect("a future is not polled after its end");
        // The await that follows asks the engine itself, or says why it may not.
        #[cfg(feature = "durable")]
        if promise.pending_cell().is_some_and(|cell| crate::durable::pull::is_pulled(&cell)) {
            return Poll::Ready(self.promise.take().expect("seen above"));
        }
        if !promise.is_completed() {
            let wakes = self.wakes.get_or_insert_with(|| {
                let wakes =
                    Arc::new(Wakes { waker: Mutex::new(None), over: AtomicBool::new(false) });
                let link: Arc<dyn Link> = Arc::clone(&wakes) as _;
                promise.when_settled(&link, 0);
                wakes
            });
            wakes.set(waker);
            // Put the waker, then look: a completion before that may have found none, or the
            // former one. One after it finds this one.
            if !promise.is_completed() {
                return Poll::Pending;
            }
        }
        self.clear();
        Poll::Ready(self.promise.take().expect("seen above"))
    }

    /// Drops the waker, which may keep a task alive.
    fn clear(&self) {
        if let Some(wakes) = &self.wakes {
            wakes.over.store(true, Ordering::Relaxed);
            discard(wakes.take());
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Wakes the task that polled last. Wakers are strangers' code: they are cloned, woken and dropped
/// outside the lock, and what they panic with ends here, lest it end the thread that completes the
/// promise.
struct Wakes {
    waker: Mutex<Option<Waker>>,
    /// Whether the future is gone.
    over: AtomicBool,
}

impl Wakes {
    fn set(&self, waker: &Waker) {
        // Nobody else puts one: a future is polled by one thread at a time.
        if lock(&self.waker).as_ref().is_some_and(|before| before.will_wake(waker)) {
            return;
        }
        let waker = waker.clone();
        let before = lock(&self.waker).replace(waker);
        discard(before);
    }

    fn take(&self) -> Option<Waker> {
        lock(&self.waker).take()
    }
}

impl Link for Wakes {
    fn settled(self: Arc<Self>, _: usize) {
        if let Some(waker) = self.take() {
            discard(catch_unwind(AssertUnwindSafe(|| waker.wake())));
        }
    }

    /// A task may do anything with the value.
    fn target(&self) -> Option<Arc<dyn Task>> {
        None
    }

    fn inputs(&self) -> Inputs {
        Inputs { any: false, pending: Vec::new() }
    }

    fn cancelled(&self) {}

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl<T> fmt::Debug for PromiseFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PromiseFuture").field(&self.completion.promise).finish()
    }
}

impl<T> fmt::Debug for OutcomeFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OutcomeFuture").field(&self.completion.promise).finish()
    }
}
