//! The cell of a promise: one allocation with its callee (until taken), then its outcome, and
//! those who wait for it.
//!
//! ```text
//!            claimed in the shard               return
//! Queued ─────────────────────────► Running ─────────────► Done ◄────► Lent (a holder clones)
//!                                                            │
//!                                                            ▼ the last holder takes the value
//!                                                          Taken
//! ```
//!
//! Who may do what: the claim (an entry unlinked under its shard's lock) gives one thread the
//! right to take the callee and, once, to complete. Everything else is under the lock of `inner`,
//! and `progress.rs` says how completion gets by without it. Values, callees and awaiters leave the
//! lock before a stranger's code (destructors, `clone`) runs.

mod again;
mod base;
mod header;
pub(crate) mod link;
pub(crate) mod links;
mod progress;
mod stage;

use std::any::Any;
use std::mem::MaybeUninit;
use std::sync::Arc;

use self::again::Type;
pub(crate) use self::again::{Borrowing, Callee, Owned};
pub(crate) use self::base::{Base, Runs};
pub(crate) use self::header::{Born, Header, Invocation};
use self::link::Link;
use self::links::Links;
use self::stage::Room;
use crate::context::{self, Function, Lent, Running};
use crate::event_loop;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind};
use crate::scope::children::Ended;
use crate::state::Awaiting;
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;

/// Says what something is called: one word in place of a string's two.
pub(crate) type Name = fn() -> &'static str;

/// What an execution ended with.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// A cell as the event loop sees it.
pub(crate) trait Task: Send + Sync {
    fn header(&self) -> &Header;
    /// Calls `look` with its links.
    fn with_links(&self, look: &mut dyn FnMut(&mut Option<Box<Links>>));
    /// The execution runs on that thread, which is about to park.
    fn runs_on(&self, waiter: &Arc<Waiter>);
    /// The thread that the execution runs on, if that thread has parked since.
    fn where_it_runs(&self) -> Option<Arc<Waiter>>;
    /// Runs the callee, which the current thread has claimed, and completes the promise. `running`
    /// is this cell as the execution's context will have it.
    fn run(&self, running: Running<'_>, lent: Lent);
    /// Fails the promise in place of running the callee, which the current thread has claimed.
    fn refuse(&self, kind: FailureKind, message: &str);
    /// Completes a promise without a callee with a failure. False if it was completed before.
    fn fail(&self, failure: Failure) -> bool;
    /// Whether more than one promise shares the cell.
    fn is_shared(&self) -> bool;
    /// Nobody will look at a failure, and that is meant.
    fn ignore_failure(&self);
    /// Those who wait for it: threads, then links.
    fn awaiters(&self) -> (Vec<Arc<Waiter>>, Vec<Arc<dyn Link>>);
    /// At the thread ceiling: tells one parked awaiter to run a callee itself. False if there is
    /// none.
    fn tell_awaiter_to_run(&self, least: Runs) -> bool;
    /// Registers a thread to be woken on completion. False if the promise is completed.
    fn register(&self, waiter: &Arc<Waiter>, execution: Id) -> bool;
    /// Registers a link that is to hear of the completion. False if the promise is completed.
    fn link(&self, link: &Arc<dyn Link>, index: usize) -> bool;
    /// Undoes `register`.
    fn deregister(&self, waiter: &Arc<Waiter>);
    fn is_completed(&self) -> bool;
    /// For snapshots, in one look: whether it is completed, the failure if it failed, who waits.
    fn report(&self) -> (bool, Option<Failure>, Vec<Awaiting>);
    /// See [`Callee`].
    fn cell_type(&self) -> Option<Type>;
}

/// A cell as a promise of `T` sees it.
pub(crate) trait Promised<T>: Task {
    fn base(&self) -> &Base<T>;
    /// Runs the callee, which the current thread has claimed. The caller completes the promise.
    fn execute(&self, running: Running<'_>, lent: Lent) -> Outcome<T>;
}

/// A cell with its callee.
pub(crate) struct Cell<T, F> {
    base: Base<T>,
    /// There until claimed, as the header's stage says.
    callee: Room<F>,
}

impl<T, F> Cell<T, F> {
    /// Put together where it stays: to move what was just written stalls the processor.
    #[inline(always)]
    pub(crate) fn placed(
        header: Header,
        links: Option<Box<Links>>,
        callee: Option<F>,
    ) -> Arc<Cell<T, F>> {
        let place = Arc::new(MaybeUninit::<Cell<T, F>>::uninit());
        // SAFETY: nobody else has the place, and it is filled before it is said to be.
        #[allow(unsafe_code, reason = "safe code builds it on the stack, and moves it")]
        unsafe {
            let empty = Arc::as_ptr(&place).cast_mut().cast::<Cell<T, F>>();
            empty.write(Cell { base: Base::new(header, links), callee: Room::new() });
            if let Some(callee) = callee {
                (*empty).put_callee(callee);
            }
            place.assume_init()
        }
    }
}

impl<T: Send, F: Callee<T>> Task for Cell<T, F> {
    fn header(&self) -> &Header {
        &self.base.header
    }

    fn with_links(&self, look: &mut dyn FnMut(&mut Option<Box<Links>>)) {
        self.base.with_links(look);
    }

    fn runs_on(&self, waiter: &Arc<Waiter>) {
        self.base.runs_on(waiter);
    }

    fn where_it_runs(&self) -> Option<Arc<Waiter>> {
        self.base.where_it_runs()
    }

    fn run(&self, running: Running<'_>, lent: Lent) {
        let outcome = self.execute(running, lent);
        let _ended = Ended(&self.base);
        event_loop::r#return(&self.base, outcome, false);
    }

    fn refuse(&self, kind: FailureKind, message: &str) {
        let mut callee = self.take_callee();
        let there = callee.is_some();
        self.base.refuse(kind, message, there, &mut || drop(callee.take()));
    }

    fn fail(&self, failure: Failure) -> bool {
        self.base.fail(failure)
    }

    fn is_shared(&self) -> bool {
        self.base.is_shared()
    }

    fn ignore_failure(&self) {
        self.base.ignore_failure();
    }

    fn awaiters(&self) -> (Vec<Arc<Waiter>>, Vec<Arc<dyn Link>>) {
        self.base.awaiters()
    }

    fn tell_awaiter_to_run(&self, least: Runs) -> bool {
        self.base.tell_awaiter_to_run(least)
    }

    fn register(&self, waiter: &Arc<Waiter>, execution: Id) -> bool {
        self.base.register(waiter, execution, Runs::Nothing)
    }

    fn link(&self, link: &Arc<dyn Link>, index: usize) -> bool {
        self.base.link(link, index)
    }

    fn deregister(&self, waiter: &Arc<Waiter>) {
        self.base.deregister(waiter);
    }

    fn is_completed(&self) -> bool {
        self.base.is_completed()
    }

    fn report(&self) -> (bool, Option<Failure>, Vec<Awaiting>) {
        self.base.report()
    }

    fn cell_type(&self) -> Option<Type> {
        F::cell_type()
    }
}

impl<T: Send, F: Callee<T>> Promised<T> for Cell<T, F> {
    fn base(&self) -> &Base<T> {
        &self.base
    }

    fn execute(&self, running: Running<'_>, lent: Lent) -> Outcome<T> {
        let header = &self.base.header;
        observed!(trace::emit_start(header, !matches!(lent, Lent::No)));
        let body = || {
            let callee = self.take_callee().expect("a claimed callee is there");
            self.base.take_inherited().within(|| callee.call())
        };
        let (result, function) = context::run(running, header, lent, body);
        self.ended();
        let outcome = result.map_err(|payload| unwound(header, function, payload));
        observed!(return ended(header, function, outcome));
        outcome
    }
}

/// Tells the observers how an execution has ended. By value, for the sake of the frame that calls it:
/// deep chains of awaits keep it.
#[cfg(feature = "trace")]
#[cold]
#[inline(never)]
fn ended<T>(
    header: &Header,
    function: Option<&'static Function>,
    outcome: Outcome<T>,
) -> Outcome<T> {
    trace::emit_end(header, function, outcome.as_ref().err());
    outcome
}

/// The failure of an execution that has unwound. Out of line: deep chains of awaits keep the frame
/// that calls it.
#[cold]
#[inline(never)]
fn unwound(
    header: &Header,
    function: Option<&'static Function>,
    payload: Box<dyn Any + Send>,
) -> Failure {
    let who = function.map_or_else(|| header.who(), |function| function.who(header.id));
    Failure::from_unwind(who, payload)
}

// A million live promises are a million of these, with two words for a count; here the callee has two
// arguments of a word. Where a mutex is no futex they are larger.
#[cfg(all(target_os = "linux", target_pointer_width = "64", not(shuttle)))]
const _: () = assert!(size_of::<Cell<u64, [u64; 2]>>() <= 104);
