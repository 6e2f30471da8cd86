//! The article's `%State{promises, awaiters}` at any moment of a recorded run.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::event::{Event, Kind};
use super::recording::Trace;
use crate::execution::Id;
use crate::state::article::Article;

/// Promises and awaiters at a moment of a recorded run: [`Trace::state_after`].
///
/// Prints like the article's state: see [`State::article`](crate::State::article).
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
    /// Completed without one: the failure's whole text.
    Failed(String),
}

impl Trace {
    /// Promises and awaiters as they were after the first `events` events.
    ///
    /// While nothing happens this is what [`EventLoop::snapshot`](crate::EventLoop::snapshot) says,
    /// with two exceptions: a promise that waits for whichever of very many comes next
    /// ([`as_completed`](crate::Promise::as_completed), [`map_bounded`](crate::map_bounded())) is seen
    /// among the awaiters of 32 of them, and a [`shutdown`](crate::EventLoop::shutdown) is not seen.
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
        let mut replaying = Replaying::default();
        self.events().iter().take(events).for_each(|event| replaying.apply(event));
        replaying.state
    }
}

#[derive(Default)]
struct Replaying {
    state: Replay,
    /// The promises that each promise which is to be completed by a link depends on.
    inputs: HashMap<Id, Vec<Id>>,
}

impl Replaying {
    fn apply(&mut self, event: &Event) {
        let id = event.execution;
        match &event.kind {
            Kind::Invoke => self.begin(id, Progress::Queued),
            Kind::Create => self.begin(id, Progress::Pending),
            Kind::Start { lent_by } => {
                if let Some(progress @ Progress::Queued) = self.state.promises.get_mut(&id) {
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
                if let Some(awaiters) = self.state.awaiters.get_mut(promise) {
                    awaiters.retain(|awaiter| *awaiter != id);
                }
            }
            // It may have been completed by another input meanwhile.
            Kind::Link { to } if self.state.is_pending(*to) => {
                self.inputs.entry(*to).or_default().push(id);
                self.awaits(*to, id);
            }
            Kind::Free => {
                self.state.promises.remove(&id);
                self.state.awaiters.remove(&id);
            }
            _ => {}
        }
    }

    fn begin(&mut self, id: Id, progress: Progress) {
        self.state.promises.insert(id, progress);
        self.state.awaiters.insert(id, Vec::new());
    }

    fn end(&mut self, id: Id, progress: Progress) {
        let Replay { promises, awaiters } = &mut self.state;
        if let Some(old) = promises.get_mut(&id) {
            *old = progress;
        }
        // They are resumed, as soon as their threads look.
        if let Some(awaiters) = awaiters.get_mut(&id) {
            awaiters.clear();
        }
        // It waits for nobody any more.
        for input in self.inputs.remove(&id).unwrap_or_default() {
            if let Some(awaiters) = awaiters.get_mut(&input) {
                awaiters.retain(|awaiter| *awaiter != id);
            }
        }
    }

    fn awaits(&mut self, awaiter: Id, promise: Id) {
        let pending = self.state.is_pending(promise);
        if let Some(awaiters) = self.state.awaiters.get_mut(&promise).filter(|_| pending)
            && !awaiters.contains(&awaiter)
        {
            awaiters.push(awaiter);
        }
    }
}

impl Replay {
    fn is_pending(&self, promise: Id) -> bool {
        matches!(self.promises.get(&promise), Some(Progress::Queued | Progress::Pending))
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Article { promises: &self.promises, awaiters: &self.awaiters }.fmt(f)
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
