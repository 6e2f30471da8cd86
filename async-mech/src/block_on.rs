//! `block_on`: awaits a future on the calling thread, as an execution awaits a promise.

use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

/// The output of a future; suspends the caller until it is there. For the libraries that are
/// `async`: an invocation, or any other thread, awaits their futures with this.
///
/// The calling thread polls the future. In between it awaits a promise that the future's waker
/// resolves, so to the event loop this is an await like any other: it is in
/// [snapshots](crate::EventLoop::snapshot) as `block_on`, with the place of this call. A cancelled
/// execution unwinds out of it, and the future is dropped. What the future waits for nobody knows, so
/// no circle of awaits is found through it.
///
/// ```
/// use async_mech::{block_on, invoke};
///
/// async fn sum(numbers: [u32; 3]) -> u32 {
///     let jobs = numbers.map(|n| invoke!(move || n * n));
///     let mut sum = 0;
///     for job in jobs {
///         sum += job.await;
///     }
///     sum
/// }
///
/// let p = invoke!(|| block_on(sum([1, 2, 3])));
/// assert_eq!(p.wait(), 14);
/// ```
///
/// It needs no runtime, nor does it bring one. A future that needs a runtime's timers or sockets
/// needs that runtime's context on this thread; with tokio:
///
/// ```ignore
/// let runtime = tokio::runtime::Runtime::new()?; // multi-thread: it drives its timers and sockets
/// let handle = runtime.handle().clone();
/// let p = invoke!(move || {
///     let _guard = handle.enter();
///     block_on(tokio::net::TcpStream::connect("localhost:80"))
/// });
/// ```
///
/// In `async` code write `future.await` instead: `block_on` blocks the executor's thread.
///
/// # Panics
///
/// If the future panics, or the current execution is cancelled: what the poll, or the await,
/// unwinds with.
#[track_caller]
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let signal = Arc::new(Signal { state: Mutex::new(State::Quiet) });
    let waker = Waker::from(Arc::clone(&signal));
    let _end = End(&signal);
    loop {
        // What woke us so far came before this poll, which sees its effects.
        signal.change(State::Quiet);
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        signal.wait();
    }
}

/// What the future's wakers share with the thread that polls it. They may outlive the call.
struct Signal {
    state: Mutex<State>,
}

enum State {
    /// Nobody woke us since the last poll began,
    Quiet,
    /// or somebody did,
    Woken,
    /// or nobody did, and the thread awaits the promise of this.
    Waits(Resolver<()>),
}

impl Signal {
    /// Resolves the promise if the thread awaits it. Outside the lock, as a return wakes threads.
    fn change(&self, state: State) {
        let before = std::mem::replace(&mut *lock(&self.state), state);
        if let State::Waits(resolver) = before {
            resolver.resolve(());
        }
    }

    /// Awaits a wake since the last poll began.
    #[track_caller]
    fn wait(&self) {
        if matches!(*lock(&self.state), State::Woken) {
            return;
        }
        let (p, resolver) = resolver::pending(|| "block_on", Location::caller());
        let mut state = lock(&self.state);
        // Waking and waiting exclude each other by the lock, so one sees the other.
        let late = match *state {
            State::Woken => Some(resolver),
            _ => {
                *state = State::Waits(resolver);
                None
            }
        };
        drop(state);
        if let Some(resolver) = late {
            resolver.resolve(());
        }
        p.wait();
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.change(State::Woken);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.change(State::Woken);
    }
}

/// When the call ends, also by unwinding, no waker that somebody kept may hold a promise.
struct End<'a>(&'a Signal);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.change(State::Quiet);
    }
}
