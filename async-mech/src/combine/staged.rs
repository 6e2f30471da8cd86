//! The link behind `flatten` and `then`: two promises, one after the other, and one target.

use std::sync::{Arc, Weak};

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::deadlock;
use crate::failure::{Failure, FailureKind, discard};
use crate::promise::Promise;
use crate::resolver::Resolver;
use crate::sync::{Mutex, lock};

/// What leads to the second promise.
pub(super) trait First: Send + 'static {
    type Output: Send + 'static;

    /// The first promise's cell, while that is pending.
    fn pending_cell(&self) -> Option<Arc<dyn Task>>;

    /// The second promise; the first is completed. `target` is the cell of what will complete.
    fn second(self, target: &Arc<dyn Task>) -> Result<Promise<Self::Output>, Failure>;

    /// Cancels the first promise if nobody else holds it.
    fn abandon(self);
}

/// Completes `target` as the second promise does.
pub(super) fn link<F: First>(first: F, target: Resolver<F::Output>) {
    let cell = first.pending_cell();
    let staged = Arc::new_cyclic(|staged: &Weak<Staged<F>>| {
        let staged: Weak<dyn Link> = staged.clone();
        target.depends_on(staged);
        Staged { open: Mutex::new(Some(Open { stage: Stage::First(first), target })) }
    });
    link::join(&(staged as Arc<dyn Link>), cell, FIRST);
}

const FIRST: usize = 0;
const SECOND: usize = 1;

struct Staged<F: First> {
    /// There until the target is completed.
    open: Mutex<Option<Open<F>>>,
}

struct Open<F: First> {
    stage: Stage<F>,
    target: Resolver<F::Output>,
}

/// What it waits for.
enum Stage<F: First> {
    First(F),
    Second(Promise<F::Output>),
}

impl<F: First> Stage<F> {
    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        match self {
            Stage::First(first) => first.pending_cell(),
            Stage::Second(second) => second.pending_cell(),
        }
    }
}

impl<F: First> Staged<F> {
    /// Waits for the second promise from now on.
    fn follow(self: Arc<Self>, second: Promise<F::Output>, target: Resolver<F::Output>) {
        let (waits_for, completes) = (second.pending_cell(), target.pending_cell());
        // Visible before the search, so that of two that close a cycle together one finds it.
        *lock(&self.open) = Some(Open { stage: Stage::Second(second), target });
        link::join(&(Arc::clone(&self) as Arc<dyn Link>), waits_for.clone(), SECOND);
        let Some(completes) = completes.filter(|target| !target.is_completed()) else {
            // Cancelled, maybe before the second promise was visible.
            return self.cancelled();
        };
        let Some(waits_for) = waits_for else { return };
        // Whoever awaits the target may await itself now: then its await ends, or the target does.
        if !deadlock::closed_by_link(&completes, &waits_for) {
            return;
        }
        let open = lock(&self.open).take();
        if let Some(Open { stage, target }) = open {
            target.refuse(FailureKind::Deadlock, deadlock::LINKED_TO_ITSELF);
            if let Stage::Second(second) = stage {
                second.ignore();
            }
        }
    }
}

impl<F: First> Link for Staged<F> {
    fn settled(self: Arc<Self>, _: usize) {
        let open = lock(&self.open).take();
        let Some(Open { stage, target }) = open else { return };
        match (stage, target.pending_cell()) {
            (Stage::First(first), None) => discard(first),
            (Stage::First(first), Some(cell)) => match first.second(&cell) {
                Ok(second) => self.follow(second, target),
                Err(failure) => target.fail(failure),
            },
            (Stage::Second(second), _) => target.settle(second.completed()),
        }
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.open).as_ref()?.target.pending_cell()
    }

    fn inputs(&self) -> Inputs {
        Inputs { any: false, pending: self.last_pending().into_iter().collect() }
    }

    fn cancelled(&self) {
        let open = lock(&self.open).take();
        if let Some(Open { stage, target }) = open {
            match stage {
                Stage::First(first) => first.abandon(),
                Stage::Second(second) => second.abandon(),
            }
            drop(target);
        }
    }

    /// Between its two promises it is registered with none that is pending.
    fn is_over(&self) -> bool {
        self.open.try_lock().is_ok_and(|open| open.is_none())
    }

    fn last_pending(&self) -> Option<Arc<dyn Task>> {
        lock(&self.open).as_ref()?.stage.pending_cell()
    }
}
