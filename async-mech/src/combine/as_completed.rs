//! `as_completed`: the outcomes of many promises, in the order in which they complete.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::deadlock;
use crate::failure::Failure;
#[cfg(feature = "durable")]
use crate::failure::FailureKind;
use crate::promise::Promise;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};
#[cfg(feature = "trace")]
use crate::trace;

/// An iterator over the outcomes of promises, in the order in which they complete: see
/// [`Promise::as_completed`].
///
/// Dropped before its end, it detaches what is left: that runs on, and nobody is told of its
/// failures.
#[must_use = "nobody waits for the promises until it is iterated over"]
pub struct AsCompleted<T> {
    completions: Arc<Completions<T>>,
    location: &'static Location<'static>,
    /// Why nobody can say in which order they come.
    #[cfg(feature = "durable")]
    refused: Option<&'static str>,
}

/// What the iterator and its inputs share.
struct Completions<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    /// Each until it is given out.
    inputs: Vec<Option<Promise<T>>>,
    /// Those that are completed, and not given out.
    ready: VecDeque<usize>,
    /// Inputs at the front that are completed; there may be more.
    done: usize,
    /// How many are not completed, as far as has been told.
    pending: usize,
    /// Resumes the execution that iterates.
    resume: Option<Resolver<()>>,
}

impl<T> State<T> {
    /// Ends the iteration.
    fn close(&mut self) -> Vec<Option<Promise<T>>> {
        self.ready.clear();
        self.pending = 0;
        std::mem::take(&mut self.inputs)
    }
}

impl<T: Send + 'static> AsCompleted<T> {
    pub(super) fn new(
        inputs: impl IntoIterator<Item = Promise<T>>,
        location: &'static Location<'static>,
    ) -> AsCompleted<T> {
        let inputs: Vec<_> = inputs.into_iter().collect();
        #[cfg(feature = "durable")]
        let refused = crate::durable::pull::undecided(&inputs);
        let inputs: Vec<_> = inputs.into_iter().map(Some).collect();
        let cells: Vec<_> = inputs.iter().flatten().map(Promise::pending_cell).collect();
        let (ready, pending) = (VecDeque::new(), inputs.len());
        let state = Mutex::new(State { inputs, ready, done: 0, pending, resume: None });
        let completions = Arc::new(Completions { state });
        let link: Arc<dyn Link> = Arc::clone(&completions) as Arc<dyn Link>;
        for (index, cell) in cells.into_iter().enumerate() {
            link::join(&link, cell, index);
        }
        AsCompleted {
            completions,
            location,
            #[cfg(feature = "durable")]
            refused,
        }
    }

    /// One that is completed and not given out; `None` if there is none now.
    fn ready(&self) -> Option<(usize, Promise<T>)> {
        let mut state = lock(&self.completions.state);
        let index = state.ready.pop_front()?;
        let input = state.inputs[index].take().expect("given out once");
        Some((index, input))
    }

    /// Suspends the caller until something is ready.
    fn suspend(&self) {
        let (promise, resume) = resolver::pending(|| "as_completed", self.location);
        let link = Arc::downgrade(&self.completions) as Weak<dyn Link>;
        resume.depends_on(link);
        let mut state = lock(&self.completions.state);
        let unused = if state.ready.is_empty() && state.pending > 0 {
            // There is one if an earlier await unwound.
            state.resume.replace(resume)
        } else {
            Some(resume)
        };
        drop(state);
        observed!(trace::emit_links(self.completions.some_pending(trace::LINKED), promise.id()));
        if let Some(unused) = unused {
            unused.resolve(());
        }
        promise.wait_at(self.location);
    }
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = (usize, Result<T, Failure>);

    /// The next outcome, and the place that its promise had among the inputs; suspends the caller
    /// until there is one.
    fn next(&mut self) -> Option<Self::Item> {
        #[cfg(feature = "durable")]
        if let Some(message) = self.refused {
            let (promise, resume) = resolver::pending::<()>(|| "as_completed", self.location);
            resume.refuse(FailureKind::Failed, message);
            promise.wait_at(self.location);
        }
        while self.len() > 0 {
            if let Some((index, input)) = self.ready() {
                return Some((index, input.completed()));
            }
            self.suspend();
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let state = lock(&self.completions.state);
        let left = state.pending + state.ready.len();
        (left, Some(left))
    }
}

impl<T: Send + 'static> ExactSizeIterator for AsCompleted<T> {}
impl<T: Send + 'static> FusedIterator for AsCompleted<T> {}

impl<T> Drop for AsCompleted<T> {
    fn drop(&mut self) {
        let inputs = lock(&self.completions.state).close();
        inputs.into_iter().flatten().for_each(Promise::ignore);
    }
}

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.completions.state);
        f.debug_struct("AsCompleted")
            .field("pending", &state.pending)
            .field("completed", &state.ready.len())
            .finish()
    }
}

impl<T> Completions<T> {
    /// A few of those that are pending.
    fn some_pending(&self, few: usize) -> Vec<Arc<dyn Task>> {
        let mut state = lock(&self.state);
        let is_pending =
            |input: &Option<Promise<T>>| input.as_ref().is_some_and(|input| !input.is_completed());
        while state.inputs.get(state.done).is_some_and(|input| !is_pending(input)) {
            state.done += 1;
        }
        let rest = state.inputs.get(state.done..).unwrap_or_default();
        rest.iter().take(few).flatten().filter_map(Promise::pending_cell).collect()
    }
}

impl<T: Send> Link for Completions<T> {
    fn settled(self: Arc<Self>, index: usize) {
        let mut state = lock(&self.state);
        // Nothing is expected any more after the end.
        if state.inputs.is_empty() {
            return;
        }
        state.pending -= 1;
        state.ready.push_back(index);
        let resume = state.resume.take();
        drop(state);
        if let Some(resume) = resume {
            resume.resolve(());
        }
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.state).resume.as_ref()?.pending_cell()
    }

    fn inputs(&self) -> Inputs {
        const FEW: usize = 8;
        // One that goes on is enough, and spares a look at the others, each time somebody parks.
        if self.some_pending(FEW).iter().any(deadlock::goes_on) {
            return Inputs { any: true, pending: Vec::new() };
        }
        self.every_input()
    }

    #[cfg(feature = "durable")]
    fn all_inputs(&self) -> Inputs {
        self.every_input()
    }

    fn cancelled(&self) {
        let inputs = lock(&self.state).close();
        inputs.into_iter().flatten().for_each(Promise::abandon);
    }

    fn is_over(&self) -> bool {
        self.state.try_lock().is_ok_and(|state| state.inputs.is_empty())
    }
}

impl<T> Completions<T> {
    /// What the iteration waits for, which may be many.
    fn every_input(&self) -> Inputs {
        let state = lock(&self.state);
        let mut pending: Vec<_> =
            state.inputs.iter().flatten().filter_map(Promise::pending_cell).collect();
        // One that is completed resumes the execution, though it may not have been told of yet.
        if !state.ready.is_empty() || pending.len() != state.pending {
            pending.clear();
        }
        Inputs { any: true, pending }
    }
}
