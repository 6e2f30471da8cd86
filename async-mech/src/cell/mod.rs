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
//! `inner`; `completed` is set under it and read without. Values, callees and awaiters leave the
//! lock before a stranger's code (destructors, `clone`) runs.

mod base;
pub(crate) mod link;

use std::sync::{Arc, Weak};

pub(crate) use self::base::Base;
use self::link::Link;
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

/// What an execution ended with.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// What every cell has, whatever its type. Small, as there may be millions.
pub(crate) struct Header {
    pub(crate) id: Id,
    /// The execution that invoked this one. An id, so that it keeps nothing alive.
    pub(crate) caller: Option<Id>,
    /// The callee as the call spells it.
    pub(crate) name: &'static str,
    /// The call.
    pub(crate) location: &'static std::panic::Location<'static>,
    /// Where the promise is registered,
    pub(crate) home: SharedShard,
    /// and under which index.
    pub(crate) slot: AtomicU32,
    born: Born,
    /// Set once, by completion, under the lock of the cell.
    completed: AtomicBool,
    /// Whether somebody has cancelled it.
    cancelled: AtomicBool,
    /// Whether it has lent its thread to a callee that it awaits.
    lending: AtomicBool,
    /// What few cells have.
    links: Mutex<Option<Box<Links>>>,
}

/// What is known of a cell from the beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Born {
    /// A promise without a callee.
    Promise,
    Invoked,
    /// Invoked, with links: what it inherits, the scope whose child it is.
    InvokedWithLinks,
}

/// How a cell hangs together with others, for those who look in from elsewhere.
#[derive(Default)]
struct Links {
    /// The thread that the execution runs on, known once that thread has parked. (A running one's
    /// is nobody's business: it goes on.)
    thread: Option<Weak<Waiter>>,
    /// The scope whose child it is.
    scope: Option<Arc<Children>>,
    /// There until the callee is taken.
    inherited: Inherited,
    /// What completes a promise that has no callee, if that depends on other promises. It lives as
    /// long as one of those is pending.
    link: Option<Weak<dyn Link>>,
    /// The scopes that the execution has opened and not yet joined.
    scopes: Vec<Arc<Children>>,
}

impl Links {
    #[cold]
    #[inline(never)]
    fn new(inherited: Inherited, scope: Option<&Arc<Children>>) -> Box<Links> {
        Box::new(Links { inherited, scope: scope.cloned(), ..Links::default() })
    }
}

impl Header {
    /// For a promise without a callee that the current execution makes; it is not registered yet.
    pub(crate) fn of_promise(
        caller: Id,
        home: &Home,
        name: &'static str,
        location: &'static std::panic::Location<'static>,
    ) -> Header {
        Header::new(Id::next(), caller, home, name, location, Born::Promise, None)
    }

    /// For an invocation, which may be a scope's child.
    ///
    /// All of it is put together in its place: to move what was just written stalls the processor.
    #[inline(always)]
    pub(crate) fn of_invocation(
        caller: Id,
        home: &Home,
        name: &'static str,
        location: &'static std::panic::Location<'static>,
        inherited: Inherited,
        scope: Option<&Arc<Children>>,
    ) -> Header {
        let id = inherited.id();
        let (mut born, mut links) = (Born::Invoked, None);
        if scope.is_some() || !inherited.is_nothing() {
            (born, links) = (Born::InvokedWithLinks, Some(Links::new(inherited, scope)));
        }
        Header::new(id, caller, home, name, location, born, links)
    }

    #[inline(always)]
    fn new(
        id: Id,
        caller: Id,
        home: &Home,
        name: &'static str,
        location: &'static std::panic::Location<'static>,
        born: Born,
        links: Option<Box<Links>>,
    ) -> Header {
        Header {
            id,
            caller: Some(caller),
            name,
            location,
            home: home.shard.clone(),
            slot: AtomicU32::new(0),
            born,
            completed: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            lending: AtomicBool::new(false),
            links: Mutex::new(links),
        }
    }

    /// Whether it has a callee; a resolver's promise has none.
    #[inline]
    pub(crate) fn invoked(&self) -> bool {
        self.born != Born::Promise
    }

    /// What the callee inherits, which is taken with it.
    #[inline]
    fn take_inherited(&self) -> Inherited {
        if self.born != Born::InvokedWithLinks {
            return Inherited::default();
        }
        let mut links = lock(&self.links);
        links.as_mut().map(|links| std::mem::take(&mut links.inherited)).unwrap_or_default()
    }

    /// The scope whose child it is.
    #[inline]
    pub(crate) fn scope(&self) -> Option<Arc<Children>> {
        if self.born != Born::InvokedWithLinks {
            return None;
        }
        lock(&self.links).as_ref()?.scope.clone()
    }

    #[inline]
    pub(crate) fn is_completed(&self) -> bool {
        self.completed.load(Ordering::Acquire)
    }

    /// What completes the promise, if it depends on others.
    pub(crate) fn link(&self) -> Option<Arc<dyn Link>> {
        if self.invoked() {
            return None;
        }
        lock(&self.links).as_ref()?.link.as_ref()?.upgrade()
    }

    /// Says what will complete the promise.
    pub(crate) fn depends_on(&self, link: Weak<dyn Link>) {
        lock(&self.links).get_or_insert_default().link = Some(link);
    }

    /// The thread that the execution runs on, if that thread has parked since.
    pub(crate) fn where_it_runs(&self) -> Option<Arc<Waiter>> {
        lock(&self.links).as_ref()?.thread.as_ref()?.upgrade()
    }

    pub(crate) fn runs_on(&self, waiter: &Arc<Waiter>) {
        lock(&self.links).get_or_insert_default().thread = Some(Arc::downgrade(waiter));
    }

    /// The execution has opened a scope.
    pub(crate) fn opened(&self, scope: &Arc<Children>) {
        lock(&self.links).get_or_insert_default().scopes.push(Arc::clone(scope));
    }

    /// It has joined that scope.
    pub(crate) fn joined(&self, scope: &Arc<Children>) {
        if let Some(links) = &mut *lock(&self.links) {
            links.scopes.retain(|open| !Arc::ptr_eq(open, scope));
        }
    }

    pub(crate) fn open_scopes(&self) -> Vec<Arc<Children>> {
        lock(&self.links).as_ref().map_or_else(Vec::new, |links| links.scopes.clone())
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
        Who { id: self.id, name: self.name, file: self.location.file(), line: self.location.line() }
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
    fn tell_awaiter_to_run(&self) -> bool;
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
    pub(crate) fn new(header: Header, callee: Option<F>) -> Cell<T, F> {
        Cell { base: Base::new(header), callee: Mutex::new(callee) }
    }
}

impl<T: Send, F: FnOnce() -> T + Send> Task for Cell<T, F> {
    fn header(&self) -> &Header {
        &self.base.header
    }

    fn run(&self, task: Arc<dyn Task>, lent: Lent) {
        let outcome = self.execute(task, lent);
        let _ended = Ended(&self.base.header);
        event_loop::r#return(&self.base, outcome, false);
    }

    fn refuse(&self, kind: FailureKind, message: &str) {
        let callee = lock(&self.callee).take();
        let inherited = self.base.header.take_inherited();
        #[cfg(feature = "tracing")]
        if callee.is_some() {
            inherited.refused(kind, message);
        }
        discard((callee, inherited));
        let _ended = Ended(&self.base.header);
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

    fn tell_awaiter_to_run(&self) -> bool {
        self.base.tell_awaiter_to_run()
    }

    fn register(&self, waiter: &Arc<Waiter>, execution: Id) -> bool {
        self.base.register(waiter, execution, false)
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
        let inherited = header.take_inherited();
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

// A million live promises are a million of these.
#[cfg(all(target_pointer_width = "64", not(shuttle)))]
const _: () = assert!(size_of::<Cell<u64, [u64; 1]>>() <= 144);
