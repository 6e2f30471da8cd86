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
//! right to take the callee and, once, to complete. Everything else is under the lock of
//! `inner`, and `progress.rs` says how completion gets by without it. Values, callees and awaiters leave the
//! lock before a stranger's code (destructors, `clone`) runs.

mod base;
pub(crate) mod link;
pub(crate) mod links;
mod progress;

use std::sync::Arc;

pub(crate) use self::base::{Base, Runs};
use self::link::Link;
use self::links::Links;
use self::progress::Progress;
use crate::context::{self, Home, Lent};
use crate::event_loop;
use crate::execution::Id;
use crate::failure::{Failure, FailureKind, Who, discard};
use crate::inherit::Inherited;
use crate::scope::children::{Children, Ended};
use crate::state::Awaiting;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::sync::{Mutex, lock};
use crate::threads::shared::SharedShard;
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace;

/// Says what something is called: one word in place of a string's two.
pub(crate) type Name = fn() -> &'static str;

/// What an execution ended with.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// What every cell has, whatever its type. Small, as there may be millions.
pub(crate) struct Header {
    pub(crate) id: Id,
    /// The execution that invoked this one. An id, so that it keeps nothing alive.
    pub(crate) caller: Option<Id>,
    /// The callee as the call spells it.
    name: Name,
    /// The call.
    pub(crate) location: &'static std::panic::Location<'static>,
    /// Where the promise is registered,
    pub(crate) home: SharedShard,
    /// and under which index.
    pub(crate) slot: AtomicU32,
    born: Born,
    pub(crate) progress: Progress,
    /// Whether somebody has cancelled it.
    cancelled: AtomicBool,
    /// Whether it has lent its thread to a callee that it awaits.
    lending: AtomicBool,
}

/// What is known of a cell from the beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Born {
    /// A promise without a callee.
    Promise,
    /// The same, of what a durable execution has invoked: that one's await completes it.
    #[cfg(feature = "durable")]
    Durable,
    Invoked,
    /// Invoked, with links: what it inherits, the scope whose child it is.
    InvokedWithLinks,
}

impl Header {
    /// For a promise without a callee that the current execution makes; it is not registered yet.
    pub(crate) fn of_promise(
        caller: Id,
        home: &Home,
        name: Name,
        location: &'static std::panic::Location<'static>,
        born: Born,
    ) -> Header {
        Header::new(Id::next(), caller, home, name, location, born)
    }

    /// For an invocation, which may be a scope's child; and the links it begins with, if any.
    ///
    /// All of it is put together in its place: to move what was just written stalls the processor.
    #[inline(always)]
    pub(crate) fn of_invocation(
        caller: Id,
        home: &Home,
        name: Name,
        location: &'static std::panic::Location<'static>,
        inherited: Inherited,
        scope: Option<&Arc<Children>>,
    ) -> (Header, Option<Box<Links>>) {
        let id = inherited.id();
        let links = Links::of(inherited, scope);
        let born = if links.is_none() { Born::Invoked } else { Born::InvokedWithLinks };
        (Header::new(id, caller, home, name, location, born), links)
    }

    #[inline(always)]
    fn new(
        id: Id,
        caller: Id,
        home: &Home,
        name: Name,
        location: &'static std::panic::Location<'static>,
        born: Born,
    ) -> Header {
        Header {
            id,
            caller: Some(caller),
            name,
            location,
            home: home.shard.clone(),
            slot: AtomicU32::new(0),
            born,
            progress: Progress::new(),
            cancelled: AtomicBool::new(false),
            lending: AtomicBool::new(false),
        }
    }

    /// Whether it has a callee; a resolver's promise has none.
    #[inline]
    pub(crate) fn invoked(&self) -> bool {
        self.born >= Born::Invoked
    }

    /// Whether it is completed by the await of the durable execution that invoked it.
    #[cfg(feature = "durable")]
    pub(crate) fn is_durable(&self) -> bool {
        self.born == Born::Durable
    }

    /// Whether it began with links.
    #[inline]
    fn has_links(&self) -> bool {
        self.born == Born::InvokedWithLinks
    }

    /// The callee as the call spells it.
    pub(crate) fn name(&self) -> &'static str {
        (self.name)()
    }

    #[inline]
    pub(crate) fn is_completed(&self) -> bool {
        self.progress.is_completed()
    }

    /// Notes that it is cancelled. False if it was.
    pub(crate) fn cancel(&self) -> bool {
        !self.cancelled.swap(true, Ordering::SeqCst)
    }

    #[inline]
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    /// Notes whether it lends its thread.
    #[inline]
    pub(crate) fn lends(&self, lends: bool) {
        self.lending.store(lends, Ordering::Relaxed);
    }

    pub(crate) fn is_lending(&self) -> bool {
        self.lending.load(Ordering::Relaxed)
    }

    pub(crate) fn who(&self) -> Who {
        Who {
            id: self.id,
            name: self.name(),
            file: self.location.file(),
            line: self.location.line(),
        }
    }

    /// Runs `f` with the promise's event loop as the current one.
    pub(crate) fn within_its_loop<R>(&self, f: impl FnOnce() -> R) -> R {
        if context::here(|_, home| home.threads.number == self.home.loop_number) {
            return f();
        }
        match self.home.threads.upgrade() {
            Some(threads) => context::within(&threads, f),
            // Nobody holds the loop any more; the one that is current has to do.
            None => f(),
        }
    }

    /// Says that an execution is about to park for it. True if the callee is still queued.
    pub(crate) fn mark_awaited(&self) -> bool {
        self.home.mark_awaited(self.slot.load(Ordering::Relaxed))
    }

    /// Takes the callee out of the queue for the current thread. `None` if somebody else did.
    // Out of line: deep chains of awaits keep the frame that calls it.
    #[inline(never)]
    pub(crate) fn claim(&self, lender: Option<Id>) -> Option<Arc<dyn Task>> {
        self.home.claim(self.slot.load(Ordering::Relaxed), self.id, lender)
    }
}

/// A cell as the event loop sees it.
pub(crate) trait Task: Send + Sync {
    fn header(&self) -> &Header;
    /// Calls `look` with its links.
    fn with_links(&self, look: &mut dyn FnMut(&mut Option<Box<Links>>));
    /// The execution runs on that thread, which is about to park.
    fn runs_on(&self, waiter: &Arc<Waiter>);
    /// The thread that the execution runs on, if that thread has parked since.
    fn where_it_runs(&self) -> Option<Arc<Waiter>>;
    /// Runs the callee, which the current thread has claimed, and completes the promise. `task` is
    /// this cell as the execution's context will hold it.
    fn run(&self, task: Arc<dyn Task>, lent: Lent);
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
}

/// A cell as a promise of `T` sees it.
pub(crate) trait Promised<T>: Task {
    fn base(&self) -> &Base<T>;
    /// Runs the callee, which the current thread has claimed. The caller completes the promise.
    fn execute(&self, task: Arc<dyn Task>, lent: Lent) -> Outcome<T>;
}

/// A cell with its callee.
pub(crate) struct Cell<T, F> {
    base: Base<T>,
    /// There until claimed, with what it inherits. The lock is never contended: only the claimer
    /// opens it.
    callee: Mutex<Option<F>>,
}

impl<T, F> Cell<T, F> {
    #[inline(always)]
    pub(crate) fn new(header: Header, links: Option<Box<Links>>, callee: Option<F>) -> Cell<T, F> {
        Cell { base: Base::new(header, links), callee: Mutex::new(callee) }
    }
}

impl<T: Send, F: FnOnce() -> T + Send> Task for Cell<T, F> {
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

    fn run(&self, task: Arc<dyn Task>, lent: Lent) {
        let outcome = self.execute(task, lent);
        let _ended = Ended(&self.base);
        event_loop::r#return(&self.base, outcome, false);
    }

    fn refuse(&self, kind: FailureKind, message: &str) {
        let callee = lock(&self.callee).take();
        let inherited = self.base.take_inherited();
        #[cfg(feature = "tracing")]
        if callee.is_some() {
            inherited.refused(kind, message);
        }
        discard((callee, inherited));
        let _ended = Ended(&self.base);
        let failure = Failure::new(kind, self.base.header.who(), message);
        observed!(trace::emit_end(&self.base.header, None, Some(&failure)));
        event_loop::r#return(&self.base, Err(failure), false);
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
}

impl<T: Send, F: FnOnce() -> T + Send> Promised<T> for Cell<T, F> {
    fn base(&self) -> &Base<T> {
        &self.base
    }

    fn execute(&self, task: Arc<dyn Task>, lent: Lent) -> Outcome<T> {
        let callee = lock(&self.callee).take().expect("a claimed callee is there");
        let header = &self.base.header;
        let inherited = self.base.take_inherited();
        observed!(trace::emit_start(header, !matches!(lent, Lent::No)));
        let body = move || inherited.within(callee);
        let (result, function) = context::run(task, lent, body);
        let outcome = result.map_err(|payload| {
            let who = function.map_or(header.who(), |function| function.who(header.id));
            Failure::from_unwind(who, payload)
        });
        observed!(trace::emit_end(header, function, outcome.as_ref().err()));
        outcome
    }
}

// A million live promises are a million of these. Where a mutex is no futex they are larger.
#[cfg(all(target_os = "linux", target_pointer_width = "64", not(shuttle)))]
const _: () = assert!(size_of::<Cell<u64, [u64; 1]>>() <= 120);
