//! The link behind `all`, `all_settled`, `any` and `race`: many inputs, one target.

use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::deadlock;
use crate::failure::FailureKind;
use crate::promise::Promise;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};
#[cfg(feature = "trace")]
use crate::trace;

/// What makes the combinators differ.
pub(super) trait Rule: 'static {
    type Input: Send + 'static;
    type Output: Send + 'static;

    /// What the promise is called.
    const NAME: &'static str;
    /// Whether one input may be enough.
    const ANY: bool;

    /// Whether this input, which is completed, decides for all of them.
    fn decides(input: &Promise<Self::Input>) -> bool;

    /// Completes the target: the input under `index` decides.
    fn decided(inputs: Vec<Promise<Self::Input>>, index: usize, target: Resolver<Self::Output>);

    /// Completes the target: all inputs are completed, and none decides.
    fn exhausted(inputs: Vec<Promise<Self::Input>>, target: Resolver<Self::Output>);
}

/// A promise of what the rule makes of the inputs.
pub(super) fn gather<R: Rule>(
    inputs: impl IntoIterator<Item = Promise<R::Input>>,
    location: &'static Location<'static>,
) -> Promise<R::Output> {
    let inputs: Vec<_> = inputs.into_iter().collect();
    let (promise, target) = resolver::pending(|| R::NAME, location);
    if inputs.is_empty() {
        observed! {
            if let Some(target) = target.pending_cell() {
                trace::emit(target.header(), None, trace::Kind::Settle { by: None });
            }
        }
        R::exhausted(inputs, target);
        return promise;
    }
    let cells: Vec<_> = inputs.iter().map(Promise::pending_cell).collect();
    #[cfg(feature = "durable")]
    if R::ANY
        && let Some(message) = crate::durable::pull::undecided(&inputs)
    {
        target.refuse(FailureKind::Failed, message);
        inputs.into_iter().for_each(Promise::ignore);
        return promise;
    }
    let gather = Arc::new_cyclic(|gather: &Weak<Gather<R>>| {
        let gather: Weak<dyn Link> = gather.clone();
        target.depends_on(gather);
        Gather { open: Mutex::new(Some(Open { left: inputs.len(), done: 0, inputs, target })) }
    });
    let link: Arc<dyn Link> = Arc::clone(&gather) as Arc<dyn Link>;
    // The first of those that are completed is told first. Others complete meanwhile.
    for (index, cell) in cells.into_iter().enumerate() {
        if !link::join(&link, cell, index) && lock(&gather.open).is_none() {
            break;
        }
    }
    promise
}

struct Gather<R: Rule> {
    /// There until the target is completed.
    open: Mutex<Option<Open<R>>>,
}

struct Open<R: Rule> {
    inputs: Vec<Promise<R::Input>>,
    /// Inputs at the front that are completed; there may be more.
    done: usize,
    /// How many inputs have not been told of. Of those, some may be completed already.
    left: usize,
    target: Resolver<R::Output>,
}

impl<R: Rule> Open<R> {
    /// The target, and the first input that is pending.
    fn first_pending(&mut self) -> Option<(Arc<dyn Task>, Arc<dyn Task>)> {
        let target = self.target.pending_cell()?;
        while self.inputs.get(self.done)?.is_completed() {
            self.done += 1;
        }
        Some((target, self.inputs[self.done].pending_cell()?))
    }
}

impl<R: Rule> Gather<R> {
    /// Fails the target, which waits for itself.
    fn is_stuck(&self) {
        let open = lock(&self.open).take();
        if let Some(Open { inputs, target, .. }) = open {
            target.refuse(FailureKind::Deadlock, deadlock::LINKED_TO_ITSELF);
            inputs.into_iter().for_each(Promise::ignore);
        }
    }
}

impl<R: Rule> Link for Gather<R> {
    fn settled(self: Arc<Self>, index: usize) {
        let mut guard = lock(&self.open);
        let Some(open) = &mut *guard else { return };
        let decides = R::decides(&open.inputs[index]);
        if !decides {
            open.left -= 1;
            if open.left > 0 {
                // One is not enough any more.
                let left = if R::ANY { open.first_pending() } else { None };
                drop(guard);
                if let Some((target, input)) = left
                    && deadlock::closed_by_link(&target, &input)
                {
                    self.is_stuck();
                }
                return;
            }
        }
        let open = guard.take();
        drop(guard);
        // Strangers' code from here on.
        let Some(Open { inputs, target, .. }) = open else { return };
        observed! {
            if let Some(target) = target.pending_cell() {
                let by = Some(inputs[index].id());
                trace::emit(target.header(), None, trace::Kind::Settle { by });
            }
        }
        if decides {
            R::decided(inputs, index, target);
        } else {
            R::exhausted(inputs, target);
        }
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.open).as_ref()?.target.pending_cell()
    }

    fn inputs(&self) -> Inputs {
        let guard = lock(&self.open);
        let Some(open) = &*guard else { return Inputs { any: R::ANY, pending: Vec::new() } };
        let mut pending: Vec<_> = open.inputs.iter().filter_map(Promise::pending_cell).collect();
        // One that is completed, and not told of yet, may be enough.
        if R::ANY && pending.len() != open.left {
            pending.clear();
        }
        Inputs { any: R::ANY, pending }
    }

    fn cancelled(&self) {
        let open = lock(&self.open).take();
        if let Some(Open { inputs, target, .. }) = open {
            inputs.into_iter().for_each(Promise::abandon);
            drop(target);
        }
    }

    fn is_over(&self) -> bool {
        self.open.try_lock().is_ok_and(|open| open.is_none())
    }

    fn last_pending(&self) -> Option<Arc<dyn Task>> {
        let guard = lock(&self.open);
        let open = guard.as_ref().filter(|open| !R::ANY && open.left == 1)?;
        open.inputs.iter().find_map(Promise::pending_cell)
    }
}
