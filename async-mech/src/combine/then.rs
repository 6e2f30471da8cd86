//! `then`: a function invoked with a promise's value.

use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::context;
use crate::deadlock;
use crate::event_loop;
use crate::execution::Id;
use crate::failure::discard;
use crate::inherit::Inherited;
use crate::promise::Promise;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

impl<T: Send + 'static> Promise<T> {
    /// Invokes `f` with the value when it is there; gives a promise of what `f` returns. No thread
    /// waits meanwhile. JavaScript's `then`; write `p.then(f).flatten()` where `f` returns a
    /// promise.
    ///
    /// `f` is invoked on the event loop of this promise, whether or not the result is awaited, and
    /// inherits what the caller of `then` has (see [`inherit`](crate::inherit())).
    ///
    /// ```
    /// use async_mech::invoke;
    ///
    /// let length = invoke!(|| "four").then(str::len).then(|n| n * 10);
    /// assert_eq!(length.wait(), 40);
    /// ```
    ///
    /// # Errors
    ///
    /// If this promise fails, `f` is not invoked, and the failure is passed on. If `f` panics, the
    /// promise fails with that.
    #[track_caller]
    pub fn then<U, F>(self, f: F) -> Promise<U>
    where
        F: FnOnce(T) -> U + Send + 'static,
        U: Send + 'static,
    {
        let location = Location::caller();
        let inherited = Inherited::capture();
        let caller = context::here(|caller, _| caller);
        let (promise, target) = self.within_its_loop(|| resolver::pending("then", location));
        let cell = self.pending_cell();
        let then = Arc::new_cyclic(|then: &Weak<Then<T, U, F>>| {
            let then: Weak<dyn Link> = then.clone();
            target.depends_on(then);
            let stage = Stage::Argument(self, Call { f, inherited, caller, location });
            Then { open: Mutex::new(Some(Open { stage, target })) }
        });
        link::join(&(then as Arc<dyn Link>), cell, ARGUMENT);
        promise
    }
}

const ARGUMENT: usize = 0;
const RESULT: usize = 1;

struct Then<T, U, F> {
    /// There until the target is completed.
    open: Mutex<Option<Open<T, U, F>>>,
}

struct Open<T, U, F> {
    stage: Stage<T, U, F>,
    target: Resolver<U>,
}

/// What it waits for.
enum Stage<T, U, F> {
    Argument(Promise<T>, Call<F>),
    Result(Promise<U>),
}

/// What will be invoked.
struct Call<F> {
    f: F,
    inherited: Inherited,
    caller: Id,
    location: &'static Location<'static>,
}

impl<T, U, F> Then<T, U, F>
where
    T: Send + 'static,
    U: Send + 'static,
    F: FnOnce(T) -> U + Send + 'static,
{
    fn invoke(self: Arc<Self>, call: Call<F>, argument: T, target: Resolver<U>) {
        let completes = target.pending_cell();
        let Some(completes) = completes else {
            discard((call.f, call.inherited, argument));
            return;
        };
        let Call { f, inherited, caller, location } = call;
        let callee = move || f(argument);
        let name = std::any::type_name::<F>();
        let result = completes.header().within_its_loop(|| {
            event_loop::invoke_for(Some(caller), inherited, name, location, callee)
        });
        let cell = result.pending_cell();
        *lock(&self.open) = Some(Open { stage: Stage::Result(result), target });
        link::join(&(Arc::clone(&self) as Arc<dyn Link>), cell.clone(), RESULT);
        if completes.is_completed() {
            // Cancelled, maybe before the invocation was visible.
            self.cancelled();
        } else if let Some(result) = cell {
            // `f` may have come to await the target before this was visible. If so, its await ends.
            let _ = deadlock::closed_by_link(&completes, &result);
        }
    }
}

impl<T, U, F> Stage<T, U, F> {
    /// Cancels what nobody else holds.
    fn abandon(self) {
        match self {
            Stage::Argument(argument, call) => {
                argument.abandon();
                discard((call.f, call.inherited));
            }
            Stage::Result(result) => result.abandon(),
        }
    }

    fn pending_cell(&self) -> Option<Arc<dyn Task>> {
        match self {
            Stage::Argument(argument, _) => argument.pending_cell(),
            Stage::Result(result) => result.pending_cell(),
        }
    }
}

impl<T, U, F> Link for Then<T, U, F>
where
    T: Send + 'static,
    U: Send + 'static,
    F: FnOnce(T) -> U + Send + 'static,
{
    fn settled(self: Arc<Self>, _: usize) {
        let open = lock(&self.open).take();
        let Some(Open { stage, target }) = open else { return };
        match stage {
            Stage::Argument(argument, call) => match argument.completed() {
                Ok(value) => self.invoke(call, value, target),
                Err(failure) => {
                    target.fail(failure);
                    discard((call.f, call.inherited));
                }
            },
            Stage::Result(result) => target.settle(result.completed()),
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
