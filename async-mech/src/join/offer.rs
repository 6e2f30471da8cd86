//! The second half of a join, in the frame of its caller, and what becomes of it if it is taken.
//!
//! An offer is listed in the caller's shard. Under that shard's lock either a thread takes it out of
//! the list and promotes it, or its caller withdraws it; so it is run once, and its caller knows by
//! whom. All that is unsafe follows from that; the arguments are at the blocks.

use std::cell::UnsafeCell;
use std::panic::Location;
use std::sync::Arc;

use crate::r#await::{SOON, spin};
use crate::cell::{Borrowing, Cell, Header, Invocation, Promised, Task};
use crate::context;
use crate::execution::Id;
use crate::failure::Failure;
use crate::promise::Promise;
use crate::scope::children::Children;
use crate::threads::shard::Offered;
use crate::threads::shared::SharedShard;
#[cfg(feature = "trace")]
use crate::trace;

/// See the module.
pub(super) struct Offer<B, RB> {
    /// That of the execution that it becomes if it is taken.
    id: Id,
    caller: Id,
    shard: SharedShard,
    /// The call of `join`.
    location: &'static Location<'static>,
    /// While it is listed only whoever has the shard's lock may look at it; before and after that, its
    /// caller.
    state: UnsafeCell<State<B, RB>>,
}

enum State<B, RB> {
    Body(B),
    Promoted(Execution<RB>),
    Gone,
}

/// Rounds that a caller waits for the other half before it parks: about as long as it takes to be woken.
const SPINS: u32 = 1_000;

/// What an offer becomes if it is taken.
struct Execution<RB> {
    cell: Arc<dyn Promised<RB>>,
    /// Which it is the only one of.
    children: Arc<Children>,
}

/// What an offer comes back as.
pub(super) enum Back<B, RB> {
    /// Nobody has taken it.
    Untaken(B),
    /// Somebody has, and this is how it ended.
    Taken(Result<RB, Failure>),
}

impl<B, RB> Offer<B, RB>
where
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    #[inline]
    pub(super) fn new(
        caller: Id,
        shard: SharedShard,
        location: &'static Location<'static>,
        body: B,
    ) -> Self {
        let state = UnsafeCell::new(State::Body(body));
        Offer { id: Id::of_callee(caller), caller, shard, location, state }
    }

    /// Makes the offer, and sees to it that a thread is on its way, if it is alone, or if nobody seems to
    /// be: the start of a thread may have been refused. False if the loop is shut down. Once it is made, the caller must call [`end`](Offer::end) before it leaves its frame.
    #[inline]
    pub(super) fn make(&self, unattended: bool) -> bool {
        let place = std::ptr::from_ref(self).cast::<()>();
        // SAFETY: `self` stays where it is until `end`, which withdraws it first: `join` borrows it, and
        // what might leave the frame before aborts. `promote` is that of its type. It asks for `Send` of
        // all that goes to the other thread: the body and its result.
        #[allow(unsafe_code, reason = "an offer is in a frame, whose lifetime a list cannot have")]
        let offered = unsafe { Offered::new(self.id, place, promote::<B, RB>) };
        match self.shard.offer(offered) {
            None => false,
            Some(alone) => {
                if alone || unattended {
                    call_a_thread();
                }
                true
            }
        }
    }

    /// The body of an offer that was not made.
    pub(super) fn body(&self) -> B {
        match self.take() {
            State::Body(body) => body,
            _ => unreachable!("nobody has taken it"),
        }
    }

    /// Withdraws the offer; if it was taken, waits for the execution that it became, which is
    /// cancelled if it is of no use any more.
    #[inline]
    pub(super) fn end(&self, useless: bool) -> Back<B, RB> {
        let _ = self.shard.withdraw(self.id);
        match self.take() {
            State::Body(body) => Back::Untaken(body),
            State::Promoted(execution) => Back::Taken(execution.outcome(useless)),
            State::Gone => unreachable!("an offer ends once"),
        }
    }

    /// For its caller, while it is not listed.
    #[inline]
    fn take(&self) -> State<B, RB> {
        // SAFETY: who promotes does so under the shard's lock, and only what is listed. It is not: it
        // was never made, or `withdraw` has looked under that lock. So nobody else has a way to the
        // state, and what has been done to it is seen here.
        #[allow(unsafe_code, reason = "the shard's lock is not around it")]
        unsafe {
            std::mem::replace(&mut *self.state.get(), State::Gone)
        }
    }
}

/// Something was queued where nothing was.
#[inline(never)]
fn call_a_thread() {
    context::here(|_, home| home.threads.kick());
}

/// Makes an execution of an offer: a cell like that of a scope's child, which may borrow.
///
/// # Safety
///
/// `offer` is an `Offer<B, RB>` that was listed and has just left the list, and the caller has the
/// lock of its shard.
#[allow(unsafe_code, reason = "the list knows no types")]
unsafe fn promote<B, RB>(offer: *const ()) -> Arc<dyn Task>
where
    B: FnOnce() -> RB + Send,
    RB: Send,
{
    // SAFETY: it is there, since its caller waits for the lock before it leaves its frame. It is only
    // shared: its caller has a reference, too.
    let offer = unsafe { &*offer.cast::<Offer<B, RB>>() };
    // SAFETY: what is listed is looked at under the lock, and this is done once.
    let state = unsafe { &mut *offer.state.get() };
    let State::Body(body) = std::mem::replace(state, State::Gone) else {
        unreachable!("it is taken once")
    };
    let children = Arc::new(Children::new(|| "join", offer.location));
    let name = std::any::type_name::<B>;
    let (id, caller) = (offer.id, offer.caller);
    let invocation = Invocation::of_offer(id, caller, name, offer.location, &children);
    let (header, links) = Header::of_invocation(invocation, &offer.shard);
    let cell = erase(Cell::placed(header, links, Some(Borrowing(body))));
    observed!(trace::emit(cell.header(), None, trace::Kind::Invoke));
    let task = Arc::clone(&cell) as Arc<dyn Task>;
    // It is the first, and nobody has cancelled it yet.
    children.add(&task);
    *state = State::Promoted(Execution { cell, children });
    task
}

/// Erases what body and result borrow. Only for [`promote`].
fn erase<'join, B, RB>(cell: Arc<Cell<RB, Borrowing<B>>>) -> Arc<dyn Promised<RB>>
where
    B: FnOnce() -> RB + Send + 'join,
    RB: Send + 'join,
{
    let cell: Arc<dyn Promised<RB> + 'join> = cell;
    // SAFETY: as in `scope/erase.rs`, where the clauses are: only the bound changes. The execution ends
    // before `join` returns or unwinds, since its caller finds it promoted and waits in
    // `Execution::outcome`, whatever the first half did; and that is when the last of the body is gone
    // (1, 2). Its result is taken out by that same caller, or dropped there (3). The end happens before
    // the caller goes on (4).
    #[allow(unsafe_code, reason = "a lifetime cannot be erased otherwise")]
    unsafe {
        std::mem::transmute::<Arc<dyn Promised<RB> + 'join>, Arc<dyn Promised<RB> + 'static>>(cell)
    }
}

impl<RB> Execution<RB> {
    /// Waits until it has ended, whatever happens. How it ended, or that its caller was cancelled.
    #[cold]
    #[inline(never)]
    fn outcome(self, useless: bool) -> Result<RB, Failure> {
        let Execution { cell, children } = self;
        let promise = Promise::of(cell);
        if useless {
            children.cancel();
        }
        let opened = children.open();
        // The halves compute, and this one has ended: the other may soon.
        if spin(SPINS, || promise.is_completed()) {
            spin(SOON, || children.count() == 0);
        }
        opened.join();
        promise.completed().map_err(|failure| children.take_first().unwrap_or(failure))
    }
}
