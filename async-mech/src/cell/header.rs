//! What every cell has, whatever its type.

use std::panic::Location;
use std::sync::Arc;

use super::Name;
use super::links::Links;
use super::progress::Progress;
use super::stage::Stage;
use crate::context::{self, Home};
use crate::execution::Id;
use crate::failure::Who;
use crate::inherit::Inherited;
use crate::scope::children::Children;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::threads::shared::SharedShard;

/// See the module. Small, as there may be millions.
pub(crate) struct Header {
    pub(crate) id: Id,
    /// The execution that invoked this one. An id, so that it keeps nothing alive.
    pub(crate) caller: Option<Id>,
    /// The callee as the call spells it.
    name: Name,
    /// The call.
    pub(crate) location: &'static Location<'static>,
    /// Where the promise is registered,
    pub(crate) home: SharedShard,
    /// and under which index.
    pub(crate) slot: AtomicU32,
    born: Born,
    /// How far it is.
    pub(crate) progress: Progress,
    /// Whether somebody has cancelled it.
    cancelled: AtomicBool,
    /// Whether its callee is there, or else whether it lends its thread.
    pub(super) stage: Stage,
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

/// What is known of an invocation's cell from the beginning, besides where it is and its callee.
pub(crate) struct Invocation {
    id: Id,
    caller: Id,
    name: Name,
    location: &'static Location<'static>,
    links: Option<Box<Links>>,
}

impl Invocation {
    /// It may be a scope's child.
    #[inline(always)]
    pub(crate) fn new(
        caller: Id,
        name: Name,
        location: &'static Location<'static>,
        inherited: Inherited,
        scope: Option<&Arc<Children>>,
    ) -> Invocation {
        let id = inherited.id(caller);
        Invocation { id, caller, name, location, links: Links::of(inherited, scope) }
    }

    /// Of what was offered in a join, under that id, and has been taken.
    pub(crate) fn of_offer(
        id: Id,
        caller: Id,
        name: Name,
        location: &'static Location<'static>,
        join: &Arc<Children>,
    ) -> Invocation {
        let links = Links::of(Inherited::default(), Some(join));
        Invocation { id, caller, name, location, links }
    }

    #[inline(always)]
    fn born(&self) -> Born {
        if self.links.is_none() { Born::Invoked } else { Born::InvokedWithLinks }
    }
}

impl Header {
    /// For a promise without a callee that the current execution makes; it is not registered yet.
    pub(crate) fn of_promise(
        caller: Id,
        home: &Home,
        name: Name,
        location: &'static Location<'static>,
        born: Born,
    ) -> Header {
        Header::new(Id::of_callee(caller), caller, &home.shard, name, location, born)
    }

    /// For an invocation; and the links it begins with, if any.
    ///
    /// All of it is put together in its place: to move what was just written stalls the processor.
    #[inline(always)]
    pub(crate) fn of_invocation(
        it: Invocation,
        home: &SharedShard,
    ) -> (Header, Option<Box<Links>>) {
        let born = it.born();
        (Header::new(it.id, it.caller, home, it.name, it.location, born), it.links)
    }

    /// The same in the place of one that is over, which stays registered where it is.
    #[inline(always)]
    pub(super) fn begin(&mut self, it: Invocation) -> Option<Box<Links>> {
        self.born = it.born();
        self.id = it.id;
        self.caller = Some(it.caller);
        self.name = it.name;
        self.location = it.location;
        self.progress = Progress::new();
        self.cancelled = AtomicBool::new(false);
        self.stage = Stage::new();
        it.links
    }

    #[inline(always)]
    fn new(
        id: Id,
        caller: Id,
        home: &SharedShard,
        name: Name,
        location: &'static Location<'static>,
        born: Born,
    ) -> Header {
        Header {
            id,
            caller: Some(caller),
            name,
            location,
            home: home.clone(),
            slot: AtomicU32::new(0),
            born,
            progress: Progress::new(),
            cancelled: AtomicBool::new(false),
            stage: Stage::new(),
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
    pub(super) fn has_links(&self) -> bool {
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
        self.stage.lends(lends);
    }

    pub(crate) fn is_lending(&self) -> bool {
        self.stage.is_lending()
    }

    /// Whether its cell is too large to be kept for another promise.
    #[inline]
    pub(crate) fn is_large(&self) -> bool {
        self.stage.is_large()
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

    /// Takes the callee out of the queue for the current thread. False if somebody else did.
    // Out of line: deep chains of awaits keep the frame that calls it.
    #[inline(never)]
    pub(crate) fn claim(&self, lender: Option<Id>) -> bool {
        self.home.claim(self.slot.load(Ordering::Relaxed), self.id, lender)
    }

    /// The same by a holder of the promise, who lends its thread.
    #[inline(never)]
    pub(crate) fn claim_held(&self, lender: Id) -> bool {
        self.home.claim_held(self.slot.load(Ordering::Relaxed), self.id, lender)
    }
}
