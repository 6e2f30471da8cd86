//! What an invocation inherits from its caller besides its arguments: thread-local context.

use std::any::Any;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use crate::cell::Name;
use crate::execution::Id;
use crate::failure::discard;
#[cfg(feature = "tracing")]
use crate::{failure::FailureKind, spans};

/// Enters what was captured; what it returns is dropped when the execution ends.
type Enter = Box<dyn FnOnce() -> Box<dyn Any> + Send>;
type Capture = Arc<dyn Fn() -> Enter + Send + Sync>;

/// Whether there is any hook: one relaxed load is all that an invocation without pays.
static ANY: AtomicBool = AtomicBool::new(false);
/// Replaced as a whole, so that each invocation takes but a count of it.
static HOOKS: RwLock<Option<Arc<[Capture]>>> = RwLock::new(None);

/// Lets thread-local context, such as a request's id or a `tracing` span, follow invocations, in
/// the whole process, from now on.
///
/// `capture` runs in the caller at each invocation. What it returns runs in the execution, right
/// before the function, on whatever thread that is; what *that* returns is dropped right after the
/// function, and puts back what was there before. So an awaiter that lends its thread finds its own
/// context again.
///
/// Where a function with [`own_thread`](macro@crate::invocable) leaves the thread that an awaiter
/// lent it, `capture` runs there once more, and the rest on the thread of its own.
///
/// Hooks stay for good. They are entered in the order in which they were added, and left in the
/// reverse one.
///
/// ```
/// use std::cell::Cell;
///
/// use async_mech::{inherit, invoke};
///
/// thread_local!(static REQUEST: Cell<u32> = const { Cell::new(0) });
///
/// /// Puts the former request back.
/// struct Back(u32);
///
/// impl Drop for Back {
///     fn drop(&mut self) {
///         REQUEST.set(self.0);
///     }
/// }
///
/// inherit(|| {
///     let request = REQUEST.get();
///     move || Back(REQUEST.replace(request))
/// });
///
/// REQUEST.set(7);
/// assert_eq!(invoke!(|| invoke!(|| REQUEST.get()).wait()).wait(), 7);
/// ```
///
/// With `tracing`, the feature of that name makes a span for each invocation. If you make your own,
/// make one for each: `|| { let span = info_span!("invocation"); move || span.entered() }`. A lent
/// thread is in the caller's own span already, and entering it again would not make it the current
/// one.
///
/// # Panics
///
/// A panic in `capture` leaves `invoke!`; one in what it returns, or in that's destructor, fails
/// the promise.
pub fn inherit<C, E, G>(capture: C)
where
    C: Fn() -> E + Send + Sync + 'static,
    E: FnOnce() -> G + Send + 'static,
    G: 'static,
{
    let capture: Capture = Arc::new(move || {
        let enter = capture();
        Box::new(move || Box::new(enter()) as Box<dyn Any>)
    });
    let mut hooks = HOOKS.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    let all = hooks.iter().flat_map(|hooks| &**hooks).cloned().chain([capture]);
    *hooks = Some(all.collect());
    drop(hooks);
    ANY.store(true, Ordering::Release);
}

/// What an invocation inherits.
#[derive(Default)]
pub(crate) struct Inherited(Option<Box<Carried>>);

/// Boxed: one word in the frames of deep chains of awaits, and nothing if there is nothing.
#[derive(Default)]
struct Carried {
    hooks: Few<Enter>,
    #[cfg(feature = "tracing")]
    span: Spanned,
}

#[cfg(feature = "tracing")]
#[derive(Default)]
enum Spanned {
    #[default]
    No,
    /// Not yet, since what it is the span of is not invoked yet.
    Later(spans::Parent),
    Yes(spans::Invocation),
}

/// Whether invocations inherit anything.
#[inline(always)]
pub(crate) fn any() -> bool {
    ANY.load(Ordering::Relaxed)
}

impl Inherited {
    /// From the current execution.
    #[inline(always)]
    pub(crate) fn capture() -> Inherited {
        if !any() {
            return Inherited(None);
        }
        Inherited::capture_hooks()
    }

    #[cold]
    #[inline(never)]
    fn capture_hooks() -> Inherited {
        // A hook may add another one.
        let hooks = HOOKS.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
        let mut captured = Few::default();
        for capture in hooks.iter().flat_map(|hooks| &**hooks) {
            captured.push(capture());
        }
        Inherited(Some(Box::new(Carried {
            hooks: captured,
            #[cfg(feature = "tracing")]
            span: Spanned::No,
        })))
    }

    /// From the current execution, for an invocation that is made later by somebody else.
    pub(crate) fn capture_for_later() -> Inherited {
        #[allow(unused_mut, reason = "it is changed with the feature `tracing` alone")]
        let mut inherited = Inherited::capture();
        #[cfg(feature = "tracing")]
        if spans::wanted() {
            inherited.0.get_or_insert_default().span = Spanned::Later(spans::Parent::current());
        }
        inherited
    }

    /// The same, with the span of the invocation that is about to be made: by the current execution,
    /// or by the one given, which captured this for later.
    #[inline(always)]
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
    pub(crate) fn spanned(
        self,
        caller: Option<Id>,
        name: Name,
        call: &'static Location<'static>,
    ) -> Inherited {
        #[cfg(feature = "tracing")]
        if self.0.is_some() || caller.is_none() && spans::wanted() {
            return self.with_span(caller, name, call);
        }
        self
    }

    #[cfg(feature = "tracing")]
    #[cold]
    #[inline(never)]
    fn with_span(
        self,
        caller: Option<Id>,
        name: Name,
        call: &'static Location<'static>,
    ) -> Inherited {
        let mut carried = self.0.unwrap_or_default();
        carried.span = match (caller, carried.span) {
            (Some(caller), Spanned::Later(parent)) => {
                Spanned::Yes(spans::Invocation::within_parent(parent, caller, name, call))
            }
            (None, _) if spans::wanted() => Spanned::Yes(spans::Invocation::new(name, call)),
            _ => Spanned::No,
        };
        Inherited(Some(carried))
    }

    #[inline(always)]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// The id of the execution that inherits it: a span is given one before there is a promise.
    #[inline(always)]
    pub(crate) fn id(&self, caller: Id) -> Id {
        #[cfg(feature = "tracing")]
        if let Some(carried) = &self.0
            && let Spanned::Yes(invocation) = &carried.span
        {
            return invocation.id;
        }
        Id::of_callee(caller)
    }

    /// The execution that was to inherit it will never start.
    #[cfg(feature = "tracing")]
    pub(crate) fn refused(&self, kind: FailureKind, message: &str) {
        if let Some(carried) = &self.0
            && let Spanned::Yes(invocation) = &carried.span
        {
            invocation.refused(kind, message);
        }
    }

    /// Calls `f` with it.
    #[inline(always)]
    pub(crate) fn within<R>(self, f: impl FnOnce() -> R) -> R {
        match self.0 {
            None => f(),
            Some(carried) => Self::carry(carried, f),
        }
    }

    /// By its box: deep chains of awaits keep the frame that calls it.
    #[cold]
    #[inline(never)]
    #[expect(clippy::boxed_local, reason = "the frame has room for a pointer")]
    fn carry<R>(carried: Box<Carried>, f: impl FnOnce() -> R) -> R {
        let mut f = Some(f);
        Self::within_carried(*carried, &mut || f.take().expect("it is called once")())
    }

    /// Compiled once a result.
    #[inline(never)]
    fn within_carried<R>(carried: Carried, f: &mut dyn FnMut() -> R) -> R {
        let f = || Self::within_hooks(carried.hooks, f);
        // The outermost, so that what hooks enter stays what is current.
        #[cfg(feature = "tracing")]
        if let Spanned::Yes(invocation) = carried.span {
            return invocation.within(f);
        }
        f()
    }

    fn within_hooks<R>(hooks: Few<Enter>, f: &mut dyn FnMut() -> R) -> R {
        let mut entered = Entered(Few::default());
        for enter in hooks.first.into_iter().chain(hooks.more) {
            entered.0.push(enter());
        }
        let result = f();
        if let Some(payload) = entered.leave() {
            discard(result);
            resume_unwind(payload);
        }
        result
    }
}

/// A list of most often one, which then takes no memory of its own.
struct Few<T> {
    first: Option<T>,
    more: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Few { first: None, more: Vec::new() }
    }
}

impl<T> Few<T> {
    fn push(&mut self, item: T) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.more.push(item);
        }
    }

    fn pop(&mut self) -> Option<T> {
        self.more.pop().or_else(|| self.first.take())
    }
}

/// What hooks have entered, and in which order.
struct Entered(Few<Box<dyn Any>>);

impl Entered {
    /// Leaves what was entered last first, whatever panics; gives the first panic.
    fn leave(&mut self) -> Option<Box<dyn Any + Send>> {
        let mut panicked = None;
        while let Some(guard) = self.0.pop() {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(guard))) {
                match panicked {
                    None => panicked = Some(payload),
                    Some(_) => discard(payload),
                }
            }
        }
        panicked
    }
}

impl Drop for Entered {
    /// Of several panics the function's, or that of the hook that was to be entered, counts.
    fn drop(&mut self) {
        if let Some(payload) = self.leave() {
            discard(payload);
        }
    }
}
