//! The children of a scope, or the child of a join: which have not ended, what failed first, and the join.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::r#await::lend_to_child;
use crate::cancel::{self, cancel_alone};
use crate::cell::link::{Inputs, Link};
use crate::cell::{Base, Name, Task};
use crate::context;
use crate::event_loop::SHUT_DOWN;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind};
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

/// One a scope; its children's cells hold it too.
pub(crate) struct Children {
    /// What is joined, as snapshots name it.
    name: Name,
    /// The call of `scope`, or of `join`.
    location: &'static Location<'static>,
    state: Mutex<State>,
}

struct State {
    /// Those that have not ended, the oldest first.
    running: BTreeMap<Id, Arc<dyn Task>>,
    /// The failure that came first.
    first: Option<Failure>,
    /// Whether children are cancelled: those there are, and any to come.
    cancelled: bool,
    /// What the join waits for.
    joined: Option<Resolver<()>>,
}

/// Why a child never ran that was invoked too late.
pub(super) const TOO_LATE: &str = "its scope had failed or was cancelled";

impl Children {
    pub(crate) fn new(name: Name, location: &'static Location<'static>) -> Children {
        let (running, first, cancelled, joined) = (BTreeMap::new(), None, false, None);
        Children { name, location, state: Mutex::new(State { running, first, cancelled, joined }) }
    }

    /// A child, which will end. False if it must not run.
    pub(crate) fn add(self: &Arc<Self>, child: &Arc<dyn Task>) -> bool {
        let mut state = lock(&self.state);
        state.running.insert(child.header().id, Arc::clone(child));
        let (is_joined, cancelled) = (state.joined.is_some(), state.cancelled);
        drop(state);
        if is_joined {
            self.await_child(child);
        }
        !cancelled
    }

    /// Lets those who look at the child's awaiters see the join.
    fn await_child(self: &Arc<Self>, child: &Arc<dyn Task>) {
        child.link(&(Arc::clone(self) as Arc<dyn Link>), 0);
    }

    /// How many children have not ended.
    pub(crate) fn count(&self) -> usize {
        lock(&self.state).running.len()
    }

    /// A child is about to complete with a failure. True if nobody else need be told of that.
    pub(crate) fn failing(&self, child: Id, failure: &Failure) -> bool {
        let is_cancelled = failure.kind() == FailureKind::Cancelled;
        // Whoever cancels one child does not mean its siblings. A loop that is shut down does.
        let meant =
            is_cancelled && failure.origin().id() == child && failure.message() != SHUT_DOWN;
        (!meant && self.fail(failure)) || is_cancelled
    }

    /// Keeps the failure, unless one came before it.
    pub(crate) fn fail(&self, failure: &Failure) -> bool {
        let mut state = lock(&self.state);
        let is_first = state.first.is_none();
        if is_first {
            state.first = Some(failure.clone());
        }
        is_first
    }

    pub(crate) fn take_first(&self) -> Option<Failure> {
        lock(&self.state).first.take()
    }

    /// A child has ended. After this the stack that it borrowed may be gone.
    fn ended(&self, child: Id) {
        let mut state = lock(&self.state);
        if state.first.is_some() && !state.cancelled {
            drop(state);
            self.cancel();
            state = lock(&self.state);
        }
        let ended = state.running.remove(&child);
        let joined = if state.running.is_empty() { state.joined.take() } else { None };
        drop(state);
        drop(ended);
        if let Some(joined) = joined {
            joined.resolve(());
        }
    }

    /// From now on no child is to run. Returns those to cancel, the first time.
    fn close(&self) -> Vec<Arc<dyn Task>> {
        let mut state = lock(&self.state);
        if std::mem::replace(&mut state.cancelled, true) {
            return Vec::new();
        }
        state.running.values().cloned().collect()
    }

    /// Cancels the children, and those to come.
    pub(crate) fn cancel(&self) {
        for child in self.close() {
            cancel::cancel(&child);
        }
    }

    /// Cancels the children if the current execution, which has opened the scope, is cancelled.
    fn cancel_with_opener(&self) {
        if let Some(who) = cancel::interrupted() {
            self.fail(&Failure::new(FailureKind::Cancelled, who, ""));
            self.cancel();
        }
    }

    /// The children are the current execution's: whoever cancels that cancels them. Not while it unwinds.
    pub(crate) fn open(self: &Arc<Self>) -> Opened {
        let opener = context::current().3.filter(|_| !std::thread::panicking());
        if let Some(opener) = &opener {
            opener.opened(self);
            self.cancel_with_opener();
        }
        Opened { children: Arc::clone(self), opener }
    }

    /// Waits until every child has ended. Nothing makes it return before.
    fn join(self: &Arc<Self>) {
        self.run_queued();
        while self.count() > 0 {
            let (promise, resolver) = resolver::pending(self.name, self.location);
            resolver.depends_on(Arc::downgrade(self) as Weak<dyn Link>);
            let mut state = lock(&self.state);
            let running: Vec<Arc<dyn Task>> = state.running.values().cloned().collect();
            let late =
                if running.is_empty() { Some(resolver) } else { state.joined.replace(resolver) };
            drop(state);
            if let Some(late) = late {
                late.resolve(());
            }
            running.iter().for_each(|child| self.await_child(child));
            drop(running);
            // However that ended, only the children count.
            let _ = promise.join(self.location, &|| self.cancel_with_opener());
        }
    }

    /// Runs the children that no thread has taken yet: whoever joins has nothing else to do.
    fn run_queued(&self) {
        let mut away = None;
        let mut after = Bound::Unbounded;
        while let Some(child) = self.oldest(after) {
            away.get_or_insert_with(|| context::awaits(self.location));
            self.cancel_with_opener();
            lend_to_child(&child);
            after = Bound::Excluded(child.header().id);
        }
    }

    fn oldest(&self, after: Bound<Id>) -> Option<Arc<dyn Task>> {
        let state = lock(&self.state);
        let (_, child) = state.running.range((after, Bound::Unbounded)).next()?;
        Some(Arc::clone(child))
    }
}

/// Children of which their opener knows.
pub(crate) struct Opened {
    children: Arc<Children>,
    opener: Option<Arc<dyn Task>>,
}

impl Opened {
    /// Joins them.
    pub(crate) fn join(self) {
        self.children.join();
        if let Some(opener) = &self.opener {
            opener.joined(&self.children);
        }
    }
}

/// Cancels the children of the scopes that a cancelled execution has opened, those of the scopes
/// of these, and so on. Not recursive, as scopes may nest deep.
pub(crate) fn cancel_below(task: &Arc<dyn Task>) {
    let mut cancelled = vec![Arc::clone(task)];
    while let Some(task) = cancelled.pop() {
        let header = task.header();
        for scope in task.open_scopes() {
            scope.fail(&Failure::new(FailureKind::Cancelled, header.who(), ""));
            for child in scope.close() {
                cancel_alone(&child);
                cancelled.push(child);
            }
        }
    }
}

/// What the join waits for.
impl Link for Children {
    /// A child counts when it has ended, which is later: see [`Ended`].
    fn settled(self: Arc<Self>, _: usize) {}

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.state).joined.as_ref()?.pending_cell()
    }

    fn inputs(&self) -> Inputs {
        let state = lock(&self.state);
        let pending = state.running.values().filter(|child| !child.is_completed());
        Inputs { any: false, pending: pending.cloned().collect() }
    }

    /// Nobody can cancel what the join waits for: it is held by the joiner alone.
    fn cancelled(&self) {}
}

/// Of a scope's child, whose callee is gone from its cell: it ends when this is dropped. Then
/// nothing may be left of the callee, nor of a value that no promise holds: the scope relies on
/// that (`erase.rs`).
pub(crate) struct Ended<'a, T>(pub(crate) &'a Base<T>);

impl<T> Drop for Ended<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(scope) = self.0.scope() {
            scope.ended(self.0.header.id);
        }
    }
}
