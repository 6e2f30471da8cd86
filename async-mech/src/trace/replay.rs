//! The article's `%State{promises, awaiters}` at any moment of a recorded run.

use std::collections::BTreeMap;
use std::fmt;

use super::event::{Event, Kind};
use super::recording::Trace;
use crate::execution::Id;

/// Promises and awaiters at a moment of a recorded run: [`Trace::state_after`].
///
/// Prints like the article's state, and like [`State`](crate::State).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// How far each promise is.
    pub promises: BTreeMap<Id, Progress>,
    /// The executions suspended on each promise, with those that lent it their thread, and the
    /// promises linked to it.
    pub awaiters: BTreeMap<Id, Vec<Id>>,
}

/// How far a promise is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Not completed, and no thread has taken its function yet.
    Queued,
    /// Not completed.
    Pending,
    /// Completed with a value.
    Completed,
    /// Completed without one: why.
    Failed(String),
}

impl Trace {
    /// Promises and awaiters as they were after the first `events` events.
    ///
    /// While nothing happens this is what [`EventLoop::snapshot`](crate::EventLoop::snapshot) says.
    ///
    /// ```
    /// use async_mech::{EventLoop, promise, trace::Trace};
    ///
    /// let event_loop = EventLoop::builder().build();
    /// let recording = Trace::start();
    /// let (p, resolver) = event_loop.run(|| promise::<u32>());
    /// let trace = recording.stop();
    /// assert!(trace.state_after(0).promises.is_empty());
    /// assert!(trace.state_after(usize::MAX).promises.contains_key(&p.id()));
    /// # resolver.resolve(1);
    /// ```
    #[must_use]
    pub fn state_after(&self, events: usize) -> Replay {
        let mut replay = Replay::default();
        self.events().iter().take(events).for_each(|event| replay.apply(event));
        replay
    }
}

impl Replay {
    fn apply(&mut self, event: &Event) {
        let id = event.execution;
        match &event.kind {
            Kind::Invoke => self.begin(id, Progress::Queued),
            Kind::Create => self.begin(id, Progress::Pending),
            Kind::Start { lent_by } => {
                if let Some(progress @ Progress::Queued) = self.promises.get_mut(&id) {
                    *progress = Progress::Pending;
                }
                if let Some(lender) = lent_by {
                    self.awaits(*lender, id);
                }
            }
            Kind::Complete { .. } => self.end(id, Progress::Completed),
            Kind::Fail { message, .. } => {
                self.end(id, Progress::Failed(message.as_str().to_owned()));
            }
            Kind::Suspend { promise } => self.awaits(id, *promise),
            Kind::Resume { promise } => {
                if let Some(awaiters) = self.awaiters.get_mut(promise) {
                    awaiters.retain(|awaiter| *awaiter != id);
                }
            }
            Kind::Link { to } => self.awaits(*to, id),
            Kind::Free => {
                self.promises.remove(&id);
                self.awaiters.remove(&id);
            }
            _ => {}
        }
    }

    fn begin(&mut self, id: Id, progress: Progress) {
        self.promises.insert(id, progress);
        self.awaiters.insert(id, Vec::new());
    }

    fn end(&mut self, id: Id, progress: Progress) {
        if let Some(old) = self.promises.get_mut(&id) {
            *old = progress;
        }
        // They are resumed, as soon as their threads look.
        if let Some(awaiters) = self.awaiters.get_mut(&id) {
            awaiters.clear();
        }
    }

    fn awaits(&mut self, awaiter: Id, promise: Id) {
        let pending =
            matches!(self.promises.get(&promise), Some(Progress::Queued | Progress::Pending));
        if let Some(awaiters) = self.awaiters.get_mut(&promise).filter(|_| pending)
            && !awaiters.contains(&awaiter)
        {
            awaiters.push(awaiter);
        }
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%State{{\n  promises: %{{")?;
        for (n, (id, progress)) in self.promises.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {progress}")?;
        }
        write!(f, "}},\n  awaiters: %{{")?;
        for (n, (id, awaiters)) in self.awaiters.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{id} => {awaiters:?}")?;
        }
        write!(f, "}}\n}}")
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Queued | Progress::Pending => f.write_str(":pending"),
            Progress::Completed => f.write_str(":completed"),
            Progress::Failed(message) => write!(f, "{{:failed, {message:?}}}"),
        }
    }
}
