//! Recording a run: all events in memory, as a [`Trace`].

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::emit::{self, Sink};
use super::event::Event;

/// Events that a recording keeps, unless it was told otherwise.
const MOST: u64 = 2_000_000;
/// So that threads seldom wait for each other.
const PARTS: usize = 16;

/// What happened during a run, to be drawn.
///
/// ```
/// use async_mech::{invoke, trace::Trace};
///
/// let (value, trace) = Trace::record(|| {
///     let outer = invoke!(|| {
///         let inner = invoke!(|| 42);
///         2 * inner.wait()
///     });
///     outer.wait()
/// });
/// assert_eq!(value, 84);
/// assert!(trace.sequence().mermaid().contains("await"));
/// ```
#[derive(Clone, Debug)]
pub struct Trace {
    events: Vec<Event>,
    lost: u64,
}

impl Trace {
    /// Runs `f`, and records what happens meanwhile, on any thread and any event loop.
    ///
    /// # Panics
    ///
    /// If `f` does; the trace is then lost. [`Trace::start`] keeps it.
    pub fn record<T>(f: impl FnOnce() -> T) -> (T, Trace) {
        let recording = Trace::start();
        let value = f();
        (value, recording.stop())
    }

    /// Begins to record, until the recording is stopped.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let recording = Trace::start();
    /// let outcome = invoke!(|| -> () { panic!("out of cheese") }).outcome();
    /// let trace = recording.stop();
    /// assert!(outcome.is_err());
    /// assert!(trace.sequence().mermaid().contains("out of cheese"));
    /// ```
    pub fn start() -> Recording {
        Recording::new(MOST)
    }

    /// The same, but keeps `events` at most; see [`Trace::lost`]. Unless said, 2,000,000.
    pub fn start_with_room_for(events: u64) -> Recording {
        Recording::new(events)
    }

    /// A trace of events that came some other way: from a channel, say. They are put in order.
    #[must_use]
    pub fn of(events: impl IntoIterator<Item = Event>) -> Trace {
        events.into_iter().collect()
    }

    /// What happened, in order.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events there was no room for. They are the last ones.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// A recording under way; see [`Trace::start`]. Dropped, it is thrown away.
#[must_use = "a recording is thrown away unless it is stopped"]
pub struct Recording {
    sink: Arc<Sink>,
    kept: Arc<Kept>,
}

struct Kept {
    parts: [Mutex<Vec<Event>>; PARTS],
    most: u64,
    /// Events so far.
    seen: AtomicU64,
}

impl Recording {
    fn new(most: u64) -> Recording {
        let kept = Arc::new(Kept { parts: Default::default(), most, seen: AtomicU64::new(0) });
        let put = Arc::clone(&kept);
        let sink = Sink::new(None, move |event| {
            put.put(event);
            true
        });
        emit::add(&sink);
        Recording { sink, kept }
    }

    /// Ends it. What runs on is in the trace as far as it got.
    #[must_use]
    pub fn stop(self) -> Trace {
        emit::remove(&self.sink);
        let parts = self.kept.parts.iter();
        let taken = parts
            .map(|part| std::mem::take(&mut *part.lock().unwrap_or_else(PoisonError::into_inner)));
        let trace = Trace::of(taken.flatten());
        let lost = self.kept.seen.load(Ordering::Relaxed).saturating_sub(self.kept.most);
        Trace { lost, ..trace }
    }
}

impl FromIterator<Event> for Trace {
    /// What [`Trace::of`] makes.
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Trace {
        let mut events: Vec<_> = events.into_iter().collect();
        events.sort_by_key(|event| event.number);
        Trace { events, lost: 0 }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        emit::remove(&self.sink);
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}

impl Kept {
    fn put(&self, event: Event) {
        if self.seen.fetch_add(1, Ordering::Relaxed) < self.most {
            let part = &self.parts[event.thread.number() as usize % PARTS];
            part.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        }
    }
}
