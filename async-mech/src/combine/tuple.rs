//! Awaiting a tuple: several promises of different types at once.

use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::awaitable::{Awaitable, Element, Elements, Leave, Sealed, Takes};
use crate::cell::Task;
use crate::cell::link::{self, Inputs, Link};
use crate::fail::raise;
use crate::failure::Failure;
use crate::resolver::{self, Resolver};
use crate::sync::{Mutex, lock};

/// Suspends the caller until all are completed, or one has failed: that one's failure.
///
/// A single one that is pending is left to its own await.
fn together(elements: &[&dyn Element], location: &'static Location<'static>) -> Option<Failure> {
    let cells: Vec<_> = elements.iter().map(|element| element.pending_cell()).collect();
    let completed = elements.iter().zip(&cells).filter(|(_, cell)| cell.is_none());
    if let Some(failure) = completed.filter_map(|(element, _)| element.failure()).next() {
        return Some(failure);
    }
    let left = cells.iter().flatten().count();
    if left < 2 {
        return None;
    }
    let (promise, resume) = resolver::pending(|| "tuple", location);
    let together = Arc::new_cyclic(|together: &Weak<Together>| {
        let together: Weak<dyn Link> = together.clone();
        resume.depends_on(together);
        let open = Mutex::new(Open { left, failed: None, resume: Some(resume) });
        Together { cells: cells.clone(), open }
    });
    let link: Arc<dyn Link> = Arc::clone(&together) as Arc<dyn Link>;
    for (index, cell) in cells.into_iter().enumerate().filter(|(_, cell)| cell.is_some()) {
        link::join(&link, cell, index);
    }
    promise.wait_at(location);
    let failed = lock(&together.open).failed;
    failed.and_then(|index| elements[index].failure())
}

struct Together {
    /// The elements that are to be waited for.
    cells: Vec<Option<Arc<dyn Task>>>,
    open: Mutex<Open>,
}

struct Open {
    /// How many have not been told of.
    left: usize,
    /// The first that failed.
    failed: Option<usize>,
    /// Resumes the awaiter; there until it is used.
    resume: Option<Resolver<()>>,
}

impl Together {
    fn pending(&self) -> impl Iterator<Item = &Arc<dyn Task>> {
        self.cells.iter().flatten().filter(|cell| !cell.is_completed())
    }
}

impl Link for Together {
    fn settled(self: Arc<Self>, index: usize) {
        let failed = self.cells[index].as_ref().is_some_and(|cell| cell.report().1.is_some());
        let mut open = lock(&self.open);
        open.left -= 1;
        if failed && open.resume.is_some() {
            open.failed = Some(index);
        }
        let resume = if failed || open.left == 0 { open.resume.take() } else { None };
        drop(open);
        if let Some(resume) = resume {
            resume.resolve(());
        }
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        lock(&self.open).resume.as_ref()?.pending_cell()
    }

    fn inputs(&self) -> Inputs {
        Inputs { any: false, pending: self.pending().cloned().collect() }
    }

    /// The awaiter has the promises, and unwinds.
    fn cancelled(&self) {}

    fn is_over(&self) -> bool {
        self.open.try_lock().is_ok_and(|open| open.resume.is_none())
    }

    fn last_pending(&self) -> Option<Arc<dyn Task>> {
        let left = lock(&self.open).left;
        self.pending().next().filter(|_| left == 1).cloned()
    }
}

/// A tuple whose await may unwind: what it was waiting for is cancelled then.
struct Guard<P: Sealed>(Option<P>);

impl<P: Sealed> Guard<P> {
    fn elements(&self) -> Vec<&dyn Element> {
        let mut elements = Elements(Vec::new());
        if let Some(tuple) = &self.0 {
            tuple.elements(&mut elements);
        }
        elements.0
    }
}

impl<P: Sealed> Drop for Guard<P> {
    fn drop(&mut self) {
        if let Some(tuple) = self.0.take() {
            tuple.leave(Leave::Cancelled);
        }
    }
}

/// Gives the tuple back when all its elements but one are completed, with values.
#[track_caller]
fn wait_for<P: Sealed>(tuple: P) -> P {
    let mut guard = Guard(Some(tuple));
    let failure = together(&guard.elements(), Location::caller());
    let tuple = guard.0.take().expect("just put");
    let Some(failure) = failure else { return tuple };
    tuple.leave(Leave::Failed);
    raise("an await failed", failure)
}

macro_rules! tuple {
    ($($P:ident)+) => {
        impl<$($P: Sealed),+> Sealed for ($($P,)+) {
            fn elements<'a>(&'a self, elements: &mut Elements<'a>) {
                #[allow(non_snake_case, reason = "named like their types")]
                let ($($P,)+) = self;
                $($P.elements(elements);)+
            }

            fn leave(self, why: Leave) {
                #[allow(non_snake_case, reason = "named like their types")]
                let ($($P,)+) = self;
                $($P.leave(why);)+
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($P: Awaitable),+> Awaitable for ($($P,)+) {
            type Output = ($($P::Output,)+);
        }

        // Else every mistake would list the twelve of them.
        #[diagnostic::do_not_recommend]
        impl<$($P: Takes),+> Takes for ($($P,)+) {
            #[track_caller]
            fn take(self) -> Self::Output {
                #[allow(non_snake_case, reason = "named like their types")]
                let ($($P,)+) = wait_for(self);
                ($($P.take(),)+)
            }
        }
    };
}

tuple! { A }
tuple! { A B }
tuple! { A B C }
tuple! { A B C D }
tuple! { A B C D E }
tuple! { A B C D E F }
tuple! { A B C D E F G }
tuple! { A B C D E F G H }
tuple! { A B C D E F G H I }
tuple! { A B C D E F G H I J }
tuple! { A B C D E F G H I J K }
tuple! { A B C D E F G H I J K L }
