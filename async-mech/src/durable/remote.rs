//! A promise that lives on an engine, as this process holds it.
//!
//! It has no callee here. That of a durable execution's invocation is completed when the execution
//! awaits it, and by nobody else (`pull.rs`): an execution that runs again must see what it saw
//! before, whatever has happened meanwhile.

use std::panic::Location;
use std::sync::{Arc, Weak};

use super::engine::{Call, Engine, Failed, Settle, Settled};
use super::owner::Owner;
use super::registry::{self, Function};
use crate::cell::link::{Inputs, Link};
use crate::cell::{Born, Name, Task};
use crate::failure::FailureKind;
use crate::promise::Promise;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

/// See the module, whatever the value's type.
pub(crate) trait Remote: Send + Sync {
    /// The promise's id on the engine.
    fn id(&self) -> &str;
    /// The execution that invoked it, while that runs in this process; none for a root.
    fn owner(&self) -> Owned;
    /// Completes the promise.
    fn settle(&self, settled: Settled);
    /// Fails the promise, unless it is completed: nobody will settle it, for this reason.
    fn abandon(&self, why: &str);
    /// Nobody will ask for it any more.
    fn leave(&self);
}

/// Whose a promise is.
pub(crate) enum Owned {
    /// The engine completes it, whenever it is settled.
    ByNobody,
    /// Its execution completes it when that awaits it; or nobody does, if that has ended.
    By(Weak<Owner>),
}

/// Who is told that it is cancelled.
enum By {
    Owner(Weak<Owner>),
    Engine(Weak<dyn Engine>),
}

struct Durable<T> {
    id: String,
    function: &'static Function,
    /// There until the promise is completed.
    target: Mutex<Option<Resolver<T>>>,
    by: By,
}

/// A pending promise of a durable execution's invocation.
pub(super) fn child<T: Send + 'static>(
    owner: &Arc<Owner>,
    call: &Call,
    function: &'static Function,
    name: Name,
    location: &'static Location<'static>,
) -> (Promise<T>, Arc<dyn Remote>) {
    let (promise, durable) =
        pending(call, function, name, location, By::Owner(Arc::downgrade(owner)));
    (promise, durable)
}

/// A pending promise of a root execution, and what settles it.
pub(super) fn root<T: Send + 'static>(
    engine: &Arc<dyn Engine>,
    call: &Call,
    function: &'static Function,
    name: Name,
    location: &'static Location<'static>,
) -> (Promise<T>, Settle) {
    let by = By::Engine(Arc::downgrade(engine));
    let (promise, durable) = pending::<T>(call, function, name, location, by);
    (promise, Settle(durable))
}

fn pending<T: Send + 'static>(
    call: &Call,
    function: &'static Function,
    name: Name,
    location: &'static Location<'static>,
    by: By,
) -> (Promise<T>, Arc<Durable<T>>) {
    let born = match by {
        By::Owner(_) => Born::Durable,
        By::Engine(_) => Born::Promise,
    };
    let (promise, target) = resolver::born::<T>(name, location, born);
    observed! {
        if let Some(cell) = target.pending_cell() {
            crate::trace::emit_durable(cell.header(), &call.id, false);
        }
    }
    let durable = Arc::new_cyclic(|durable: &Weak<Durable<T>>| {
        let link: Weak<dyn Link> = durable.clone();
        target.depends_on(link);
        Durable { id: call.id.clone(), function, target: Mutex::new(Some(target)), by }
    });
    (promise, durable)
}

impl<T> Durable<T> {
    fn take(&self) -> Option<Resolver<T>> {
        lock(&self.target).take()
    }
}

impl<T: Send + 'static> Remote for Durable<T> {
    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> Owned {
        match &self.by {
            By::Owner(owner) => Owned::By(Weak::clone(owner)),
            By::Engine(_) => Owned::ByNobody,
        }
    }

    fn settle(&self, settled: Settled) {
        let Some(target) = self.take() else { return };
        match settled {
            Ok(json) => match self.function.decode::<T>(&json) {
                Ok(value) => target.resolve(value),
                Err(error) => target.refuse(
                    FailureKind::Failed,
                    &format!("the value of `{}` does not decode: {error}", self.id),
                ),
            },
            Err(Failed { kind, function, message }) => {
                let (name, place) = registry::known(&function);
                target.failed_elsewhere(kind.into(), name, place, &message);
            }
        }
    }

    fn abandon(&self, why: &str) {
        if let Some(target) = self.take() {
            target.refuse(FailureKind::Abandoned, why);
        }
    }

    fn leave(&self) {
        if let Some(cell) = self.target() {
            cell.ignore_failure();
        }
        self.abandon("the durable execution that invoked it has ended");
    }
}

impl<T: Send + 'static> Link for Durable<T> {
    fn settled(self: Arc<Self>, _: usize) {}

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.target).as_ref()?.pending_cell()
    }

    /// It goes on by itself, elsewhere.
    fn inputs(&self) -> Inputs {
        Inputs { any: true, pending: Vec::new() }
    }

    fn cancelled(&self) {
        drop(self.take());
        match &self.by {
            By::Owner(owner) => owner.upgrade().iter().for_each(|owner| owner.cancel(&self.id)),
            By::Engine(engine) => {
                engine.upgrade().iter().for_each(|engine| engine.cancel(&self.id))
            }
        }
    }

    fn remote(&self) -> Option<&dyn Remote> {
        Some(self)
    }
}
