//! Observing a run: through a channel, or with an observer on a thread of its own. Neither ever
//! holds up the run: what they are too slow for is dropped, counted, and reported to them.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::emit::{self, Sink};
use super::event::Event;
use crate::event_loop::EventLoop;

/// Events that wait for an [`Observer`], at most.
const QUEUE: usize = 1 << 16;

/// Is told of every event; see [`EventLoop::observe`].
///
/// Closures that take an event are observers.
pub trait Observer: Send + 'static {
    /// Something happened. Called on a thread of the observer's own, one event after the other.
    fn event(&mut self, event: &Event);
}

impl<F: FnMut(&Event) + Send + 'static> Observer for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

impl EventLoop {
    /// A channel of what happens on this loop from now on. Drop the receiver to end it.
    ///
    /// At most 65,536 events wait in the channel. If the receiver is slower than the run, later
    /// ones are dropped, and before the next one that there is room for a
    /// [`Lost`](super::Kind::Lost) event says how many. The channel ends with the loop.
    ///
    /// ```
    /// use async_mech::{EventLoop, invoke};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let events = event_loop.subscribe();
    /// event_loop.run(|| invoke!(|| 1).wait());
    /// assert!(events.try_iter().count() >= 5);
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Event> {
        self.subscribe_bounded(QUEUE)
    }

    /// The same, with room for `capacity` events, at least 2.
    #[must_use]
    pub fn subscribe_bounded(&self, capacity: usize) -> Receiver<Event> {
        let number = self.with_threads(|threads| threads.number);
        let Channel { sink, events, .. } = Channel::new(Some(number), capacity);
        emit::add(&sink);
        events
    }

    /// Lets `observer` see what happens on this loop, until the observation is stopped or dropped.
    ///
    /// The observer runs on a thread of its own. At most 65,536 events wait for it; if it is
    /// slower than the run, later ones are dropped, and a [`Lost`](super::Kind::Lost) event says
    /// how many. Once it has panicked, it is told no more.
    ///
    /// ```
    /// use async_mech::trace::{Event, Kind, Observer};
    /// use async_mech::{EventLoop, invoke};
    ///
    /// #[derive(Default)]
    /// struct Started(usize);
    ///
    /// impl Observer for Started {
    ///     fn event(&mut self, event: &Event) {
    ///         self.0 += usize::from(matches!(event.kind, Kind::Start { .. }));
    ///     }
    /// }
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let observation = event_loop.observe(Started::default())?;
    /// event_loop.run(|| invoke!(|| 1).wait());
    /// assert_eq!(observation.stop().map(|started| started.0), Some(1));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If no thread can be started for it.
    pub fn observe<O: Observer>(&self, mut observer: O) -> io::Result<Observation<O>> {
        let number = self.with_threads(|threads| threads.number);
        let Channel { sink, events, lost } = Channel::new(Some(number), QUEUE);
        let (stop, stopped) = bounded::<()>(0);
        let thread =
            std::thread::Builder::new().name("async-mech-observer".into()).spawn(move || {
                let observe = AssertUnwindSafe(|| {
                    let mut last = None;
                    let mut tell = |event: Event| {
                        observer.event(&event);
                        last = Some(event);
                    };
                    loop {
                        crossbeam_channel::select! {
                            recv(events) -> event => match event {
                                Ok(event) => tell(event),
                                Err(_) => break,
                            },
                            recv(stopped) -> _ => break,
                        }
                    }
                    // What happened before it was stopped, and what there was no room for at last.
                    events.try_iter().for_each(&mut tell);
                    let count = lost.swap(0, Ordering::Relaxed);
                    if let Some(last) = last.filter(|_| count > 0) {
                        observer.event(&emit::lost(&last, count));
                    }
                    observer
                });
                // The panic hook has said so; the observer is not to be relied on.
                catch_unwind(observe).ok()
            })?;
        emit::add(&sink);
        Ok(Observation { sink, stop: Some(stop), thread: Some(thread) })
    }
}

/// An [`Observer`] at work. Ends when it is dropped.
#[must_use = "the observation ends when this is dropped"]
pub struct Observation<O: Observer> {
    sink: Arc<Sink>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<Option<O>>>,
}

impl<O: Observer> Observation<O> {
    /// Ends it, when the observer has seen all that happened before. Gives the observer back, unless
    /// it has panicked.
    pub fn stop(mut self) -> Option<O> {
        self.end()
    }

    fn end(&mut self) -> Option<O> {
        emit::remove(&self.sink);
        self.stop = None;
        let thread = self.thread.take()?;
        if thread.thread().id() == std::thread::current().id() {
            // The observer has ended its own observation.
            return None;
        }
        thread.join().ok().flatten()
    }
}

impl<O: Observer> Drop for Observation<O> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<O: Observer> fmt::Debug for Observation<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observation").finish_non_exhaustive()
    }
}

/// A bounded queue of events.
struct Channel {
    sink: Arc<Sink>,
    events: Receiver<Event>,
    /// Events that there was no room for, as far as that has not been said in the queue.
    lost: Arc<AtomicU64>,
}

impl Channel {
    fn new(of: Option<u64>, capacity: usize) -> Channel {
        // Room for the event, and for the one that says what was lost before it.
        let (sender, events) = bounded::<Event>(capacity.max(2));
        let lost = Arc::new(AtomicU64::new(0));
        let unsaid = Arc::clone(&lost);
        let put = move |event: Event| {
            // Whoever takes the count reports it, or puts it back.
            let count = unsaid.swap(0, Ordering::Relaxed);
            if count > 0 && sender.try_send(emit::lost(&event, count)).is_err() {
                unsaid.fetch_add(count, Ordering::Relaxed);
            }
            match sender.try_send(event) {
                Ok(()) => true,
                Err(TrySendError::Full(_)) => {
                    unsaid.fetch_add(1, Ordering::Relaxed);
                    true
                }
                Err(TrySendError::Disconnected(_)) => false,
            }
        };
        Channel { sink: Sink::new(of, put), events, lost }
    }
}
