//! Emitting: who observes, and what a transition does about it.
//!
//! An event is emitted before others can see the transition where it causes something (a promise is
//! completed, a callee queued), and after where it is an effect (an await that ends). So an effect's
//! event never precedes its cause's, in the numbers as well as in every observer's queue.
//!
//! Nothing of a stranger runs here, so events may be emitted under a promise's lock: observers get
//! them through queues.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use super::event::{Event, Kind, Returned, Site, Text, Thread};
use super::values;
use crate::cell::{Header, Task};
use crate::context::{self, Function};
use crate::execution::Id;
use crate::failure::Failure;

/// Somebody's queue.
pub(super) struct Sink {
    number: u64,
    /// The only loop it is about; all of them if none is given.
    of: Option<u64>,
    put: Box<dyn Fn(Event) -> bool + Send + Sync>,
}

impl Sink {
    /// `put` takes an event, and is false if nobody will ever look at it.
    pub(super) fn new(
        of: Option<u64>,
        put: impl Fn(Event) -> bool + Send + Sync + 'static,
    ) -> Arc<Sink> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Arc::new(Sink { number, of, put: Box::new(put) })
    }
}

/// Whether there are sinks.
static ON: AtomicBool = AtomicBool::new(false);
static SINKS: RwLock<Vec<Arc<Sink>>> = RwLock::new(Vec::new());

/// Whether anybody observes: all that a transition pays if nobody does.
#[inline(always)]
pub(crate) fn on() -> bool {
    cfg!(feature = "trace") && ON.load(Ordering::Relaxed)
}

/// From now on the sink gets events.
pub(super) fn add(sink: &Arc<Sink>) {
    let mut sinks = SINKS.write().unwrap_or_else(PoisonError::into_inner);
    sinks.push(Arc::clone(sink));
    ON.store(true, Ordering::Relaxed);
}

/// The sink gets no more events once this returns.
pub(super) fn remove(sink: &Arc<Sink>) {
    let mut sinks = SINKS.write().unwrap_or_else(PoisonError::into_inner);
    sinks.retain(|other| !Arc::ptr_eq(other, sink));
    ON.store(!sinks.is_empty(), Ordering::Relaxed);
}

/// Nothing more will happen on that loop: the channels of its events end.
#[cold]
pub(crate) fn ended(loop_number: u64) {
    let sinks = SINKS.read().unwrap_or_else(PoisonError::into_inner);
    let its: Vec<_> = sinks.iter().filter(|sink| sink.of == Some(loop_number)).cloned().collect();
    drop(sinks);
    its.iter().for_each(remove);
}

thread_local! {
    static THREAD: OnceLock<Thread> = const { OnceLock::new() };
    /// The sinks that this thread's root execution has been introduced to, by number.
    static INTRODUCED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// To whom something happens.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) id: Id,
    pub(crate) caller: Option<Id>,
    pub(crate) site: Site,
}

impl Subject {
    /// The execution, or promise, of that cell.
    pub(crate) fn of(header: &Header, definition: Option<&'static Function>) -> Subject {
        Subject {
            id: header.id,
            caller: header.caller,
            site: Site { name: header.name(), call: Some(header.location), definition },
        }
    }

    /// A root execution.
    pub(crate) fn root(id: Id, name: &'static str) -> Subject {
        Subject { id, caller: None, site: Site { name, call: None, definition: None } }
    }
}

/// Something happens to what that cell stands for.
#[cold]
#[inline(never)]
pub(crate) fn emit(header: &Header, definition: Option<&'static Function>, kind: Kind) {
    emit_for(header.home.loop_number, Subject::of(header, definition), kind);
}

/// The current execution awaits that promise, or has.
#[cold]
#[inline(never)]
pub(crate) fn emit_await(promise: &Header, kind: impl FnOnce(Id) -> Kind) {
    emit_for(promise.home.loop_number, context::subject(), kind(promise.id));
}

/// Ends the await of this promise, as seen by observers.
pub(crate) struct AwaitObserved<'a> {
    pub(crate) header: &'a Header,
    pub(crate) with: Returned,
}

impl Drop for AwaitObserved<'_> {
    fn drop(&mut self) {
        emit_await(self.header, |promise| Kind::Return { promise, with: self.with });
    }
}

/// The callee of that cell starts, on a thread that the current execution may have lent.
#[cold]
#[inline(never)]
pub(crate) fn emit_start(header: &Header, lent: bool) {
    let lent_by = lent.then(|| context::here(|id, _| id));
    emit(header, None, Kind::Start { lent_by });
}

/// A durable engine knows it under that id; its function runs here, or somewhere.
#[cfg(feature = "durable")]
#[cold]
#[inline(never)]
pub(crate) fn emit_durable(header: &Header, id: &str, here: bool) {
    emit(header, None, Kind::Durable { id: Text::displayed(&id), here });
}

/// It ends: with a value, which may have been noted, or with a failure.
#[cold]
#[inline(never)]
pub(crate) fn emit_end(
    header: &Header,
    definition: Option<&'static Function>,
    failure: Option<&Failure>,
) {
    let value = values::noted(header.id);
    let kind = match failure {
        None => Kind::Complete { value },
        Some(failure) => Kind::Fail { kind: failure.kind(), message: Text::displayed(failure) },
    };
    emit(header, definition, kind);
}

/// Promises at most that are said to lead to one that waits for whichever of them comes next. It
/// is another one each time, so saying it of all would be as much as their number squared.
pub(crate) const LINKED: usize = 32;

/// The promise comes to depend on these, without a link of its own.
#[cold]
#[inline(never)]
pub(crate) fn emit_links(inputs: Vec<Arc<dyn Task>>, to: Id) {
    inputs.iter().for_each(|input| emit(input.header(), None, Kind::Link { to }));
}

fn emit_for(loop_number: u64, subject: Subject, kind: Kind) {
    // Before the sinks are looked at: this asks for the thread's context.
    let root = context::root();
    let thread = THREAD
        .try_with(|thread| thread.get_or_init(current_thread).clone())
        .unwrap_or_else(|_| current_thread());
    let sinks = SINKS.read().unwrap_or_else(PoisonError::into_inner);
    let theirs = sinks.iter().filter(|sink| sink.of.is_none_or(|of| of == loop_number));
    if let Some(root) = root
        && let Some(strangers) = strangers(theirs.clone(), &sinks)
    {
        let event = event(root, &thread, Kind::Root);
        strangers.into_iter().for_each(|sink| _ = (sink.put)(event.clone()));
    }
    let event = event(subject, &thread, kind);
    let gone: Vec<_> = theirs.filter(|sink| !(sink.put)(event.clone())).cloned().collect();
    drop(sinks);
    gone.iter().for_each(remove);
}

/// Those of the sinks that this thread's root execution has not been introduced to. It is from now
/// on.
fn strangers<'a>(
    theirs: impl Iterator<Item = &'a Arc<Sink>>,
    all: &[Arc<Sink>],
) -> Option<Vec<&'a Arc<Sink>>> {
    let find = |introduced: &RefCell<Vec<u64>>| {
        let mut introduced = introduced.borrow_mut();
        let strangers: Vec<_> = theirs.filter(|sink| !introduced.contains(&sink.number)).collect();
        if !strangers.is_empty() {
            introduced.retain(|number| all.iter().any(|sink| sink.number == *number));
            introduced.extend(strangers.iter().map(|sink| sink.number));
        }
        strangers
    };
    INTRODUCED.try_with(find).ok().filter(|strangers| !strangers.is_empty())
}

fn event(subject: Subject, thread: &Thread, kind: Kind) -> Event {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    Event {
        number: NUMBER.fetch_add(1, Ordering::Relaxed),
        time: start.elapsed(),
        execution: subject.id,
        caller: subject.caller,
        thread: thread.clone(),
        site: subject.site,
        kind,
    }
}

fn current_thread() -> Thread {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = std::thread::current().name().unwrap_or("unnamed").into();
    Thread(Arc::new((number, name)))
}

/// An event that says what its observer missed, after that one.
pub(super) fn lost(before: &Event, count: u64) -> Event {
    Event { kind: Kind::Lost { count }, ..before.clone() }
}
