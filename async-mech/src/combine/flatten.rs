//! `flatten`: a promise of a promise as one promise.

use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::deadlock;
use crate::failure::FailureKind;
use crate::promise::Promise;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

impl<T: Send + 'static> Promise<Promise<T>> {
    /// The promise's promise: completes as the inner one does. No thread waits for it meanwhile.
    ///
    /// JavaScript does this without being asked when a promise is resolved with another; here it is
    /// said, or written as `p.await.await`.
    ///
    /// ```
    /// use async_mech::{Promise, invoke};
    ///
    /// fn countdown(n: u32) -> Promise<&'static str> {
    ///     match n {
    ///         0 => invoke!(|| "lift-off"),
    ///         // Returns at once: no thread waits for the ones below.
    ///         n => invoke!(countdown(n - 1)).flatten(),
    ///     }
    /// }
    ///
    /// assert_eq!(countdown(100).wait(), "lift-off");
    /// ```
    ///
    /// # Errors
    ///
    /// A failure of either promise is passed on. If the inner promise waits for this one, through
    /// whatever combinators, this one fails as [`Deadlock`](FailureKind::Deadlock), like a
    /// JavaScript promise that is resolved with itself.
    #[track_caller]
    pub fn flatten(self) -> Promise<T> {
        let (promise, target) = resolver::pending("flatten", Location::caller());
        let cell = self.pending_cell();
        let flatten = Arc::new_cyclic(|flatten: &Weak<Flatten<T>>| {
            let flatten: Weak<dyn Link> = flatten.clone();
            target.depends_on(flatten);
            Flatten { open: Mutex::new(Some(Open { stage: Stage::Outer(self), target })) }
        });
        link::join(&(flatten as Arc<dyn Link>), cell, OUTER);
        promise
    }
}

const OUTER: usize = 0;
const INNER: usize = 1;

struct Flatten<T> {
    /// There until the target is completed.
    open: Mutex<Option<Open<T>>>,
}

struct Open<T> {
    stage: Stage<T>,
    target: Resolver<T>,
}

/// What it waits for.
enum Stage<T> {
    Outer(Promise<Promise<T>>),
    Inner(Promise<T>),
}

impl<T: Send + 'static> Flatten<T> {
    /// Waits for the inner promise from now on.
    fn follow(self: Arc<Self>, inner: Promise<T>, target: Resolver<T>) {
        let (waits_for, completes) = (inner.pending_cell(), target.pending_cell());
        // Visible before the search, so that of two that close a cycle together one finds it.
        *lock(&self.open) = Some(Open { stage: Stage::Inner(inner), target });
        link::join(&(Arc::clone(&self) as Arc<dyn Link>), waits_for.clone(), INNER);
        let Some(completes) = completes.filter(|target| !target.is_completed()) else {
            // Cancelled, maybe before the inner promise was visible.
            return self.cancelled();
        };
        let Some(waits_for) = waits_for else { return };
        if !deadlock::closed_by_link(&completes, &waits_for) {
            return;
        }
        let open = lock(&self.open).take();
        if let Some(Open { stage, target }) = open {
            target.refuse(FailureKind::Deadlock, deadlock::LINKED_TO_ITSELF);
            if let Stage::Inner(inner) = stage {
                inner.ignore();
            }
        }
    }
}

impl<T> Stage<T> {
    /// Cancels what nobody else holds.
    fn abandon(self) {
        match self {
            Stage::Outer(outer) => outer.abandon(),
            Stage::Inner(inner) => inner.abandon(),
        }
    }

    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        match self {
            Stage::Outer(outer) => outer.pending_cell(),
            Stage::Inner(inner) => inner.pending_cell(),
        }
    }
}

impl<T: Send + 'static> Link for Flatten<T> {
    fn settled(self: Arc<Self>, _: usize) {
        let open = lock(&self.open).take();
        let Some(Open { stage, target }) = open else { return };
        match stage {
            Stage::Outer(outer) => match outer.completed() {
                Ok(inner) => self.follow(inner, target),
                Err(failure) => target.fail(failure),
            },
            Stage::Inner(inner) => target.settle(inner.completed()),
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
            stage.abandon();
            drop(target);
        }
    }

    fn last_pending(&self) -> Option<Arc<dyn Task>> {
        lock(&self.open).as_ref()?.stage.pending_cell()
    }
}
