//! What a thread knows: the execution it runs, that execution's loop, and its own stack.

mod awaits;
mod function;
mod home;
mod level;
mod levels;
mod pile;
mod running;
mod stand_in;

use std::cell::{Cell, OnceCell, RefCell};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use self::awaits::{Away, awaits, awaits_promise};
pub use self::function::{Frame, Function, enter};
pub(crate) use self::home::{Home, remove};
pub(crate) use self::level::{Lent, LentBy, Level, Place};
use self::levels::Levels;
pub(crate) use self::levels::grow;
pub(crate) use self::running::{Running, run};
pub(crate) use self::stand_in::{levels, retire, stand_in, stood_in};
use crate::cell::{Header, Task};
#[cfg(feature = "durable")]
use crate::durable::Owner;
use crate::event_loop::EventLoop;
use crate::execution::Id;
use crate::failure::Who;
use crate::sync::thread_local;
use crate::threads::Threads;
use crate::threads::stack::Stack;
use crate::threads::waiter::Waiter;
#[cfg(feature = "trace")]
use crate::trace::{Subject, values::Show};

struct Context {
    home: RefCell<Option<Home>>,
    /// The invocations that this thread runs: each but the last awaits what the next one runs.
    levels: Levels,
    /// The root execution's id; it takes one when it is first asked for, so that the loop's own
    /// threads use up none.
    root_id: Cell<Option<Id>>,
    /// What this thread's root execution is called.
    root: Cell<&'static str>,
    /// Whether a failure that leaves the root execution will be reported.
    watched: Cell<bool>,
    waiter: OnceCell<Arc<Waiter>>,
    stack: OnceCell<Option<Stack>>,
    /// Which home shard of a loop is this thread's.
    number: usize,
    /// The loop whose thread this is, which counts its bodies.
    employer: OnceCell<Arc<Threads>>,
}

thread_local! {
    static CONTEXT: Context = Context::foreign();
}

impl Context {
    /// A thread that is not ours: a root execution of the global loop.
    fn foreign() -> Context {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        Context {
            home: RefCell::new(None),
            levels: Levels::default(),
            root_id: Cell::new(None),
            root: Cell::new("root"),
            watched: Cell::new(false),
            waiter: OnceCell::new(),
            stack: OnceCell::new(),
            number: THREADS.fetch_add(1, Ordering::Relaxed),
            employer: OnceCell::new(),
        }
    }

    /// Calls `f` with the current loop and the home shard.
    #[inline]
    fn at_home<R>(&self, f: impl FnOnce(&Home) -> R) -> R {
        if self.home.borrow().is_none() {
            self.settle();
        }
        f(self.home.borrow().as_ref().expect("it has one by now"))
    }

    /// Without a loop of its own, the thread is one of the global loop.
    #[cold]
    #[inline(never)]
    fn settle(&self) {
        let home = EventLoop::global().with_threads(|threads| Home::new(threads, self.number));
        self.home.replace(Some(home));
    }

    /// Whether at least one `part`th of the stack is left.
    #[inline]
    fn has_stack(&self, part: usize) -> bool {
        let stack = match self.stack.get() {
            Some(stack) => stack,
            None => self.find_stack(),
        };
        stack.is_some_and(|stack| stack.has_left(part))
    }

    #[cold]
    #[inline(never)]
    fn find_stack(&self) -> &Option<Stack> {
        self.stack.get_or_init(Stack::find)
    }

    #[inline]
    fn id(&self) -> Id {
        match self.levels.top_id().or_else(|| self.root_id.get()) {
            Some(id) => id,
            None => self.first_root_id(),
        }
    }

    #[cold]
    #[inline(never)]
    fn first_root_id(&self) -> Id {
        let id = Id::of_root();
        self.root_id.set(Some(id));
        id
    }
}

/// The current thread's context; a fresh one while the thread's own is being destroyed.
#[inline]
fn with<R>(f: impl FnOnce(&Context) -> R) -> R {
    /// Out of line, so that deep chains of awaits do not keep room for it in every frame.
    #[cold]
    #[inline(never)]
    fn with_fresh<R>(f: impl FnOnce(&Context) -> R) -> R {
        f(&Context::foreign())
    }
    let mut f = Some(f);
    let here = CONTEXT.try_with(|context| f.take().map(|f| f(context)));
    match here {
        Ok(Some(result)) => result,
        _ => with_fresh(f.take().expect("it is called once")),
    }
}

/// Makes the current thread one of ours.
pub(crate) fn adopt(threads: &Arc<Threads>, number: usize, stack: Stack) {
    with(|context| {
        context.home.replace(Some(Home::new(threads, number)));
        let _ = context.employer.set(Arc::clone(threads));
        let _ = context.stack.set(Some(stack));
    });
}

/// The current execution: its id, its name, its caller, and its cell if it is no root execution.
pub(crate) fn current() -> (Id, &'static str, Option<Id>, Option<Arc<dyn Task>>) {
    with(|context| match context.levels.top() {
        Some(task) => {
            let header = task.header();
            (header.id, header.name(), header.caller, Some(task))
        }
        None => (context.id(), context.root.get(), None, None),
    })
}

/// Calls `f` with the current execution's id, its loop and its home shard.
pub(crate) fn here<R>(f: impl FnOnce(Id, &Home) -> R) -> R {
    with(|context| context.at_home(|home| f(context.id(), home)))
}

/// Forgets a promise that is over, or leaves its entry to the thread's next invocation: for an awaiter
/// that has lent its thread, and will most often invoke the next. Of a burst of promises that are just
/// dropped the last ones would stay, at the top of the allocator's heap, and keep all of it.
#[inline]
pub(crate) fn leave(header: &Header) {
    let left = CONTEXT.try_with(|context| {
        let home = context.home.try_borrow().ok();
        home.as_ref().and_then(|home| home.as_ref()).is_some_and(|home| home.leaves(header))
    });
    if left != Ok(true) {
        remove(header);
    }
}

/// The thread is about to rest: what it has left in its home goes now.
pub(crate) fn tidy() {
    with(|context| {
        if let Some(home) = &*context.home.borrow() {
            home.tidy();
        }
    });
}

/// The current execution's loop and home shard.
pub(crate) fn home() -> Home {
    here(|_, home| home.clone())
}

/// The current thread as one that waits, and the execution it waits for.
pub(crate) fn waiter() -> (Arc<Waiter>, Id) {
    with(|context| {
        let waiter =
            context.waiter.get_or_init(|| Waiter::current(context.employer.get().cloned()));
        (Arc::clone(waiter), context.id())
    })
}

/// Whether at least one `part`th of the stack is left. Never, if it cannot be told.
pub(crate) fn stack_left(part: usize) -> bool {
    with(|context| context.has_stack(part))
}

/// Whether it can be told how much of the stack is left.
pub(crate) fn knows_stack() -> bool {
    with(|context| context.find_stack().is_some())
}

/// Whether this is a root execution whose failures nobody reports: a stranger's thread.
pub(crate) fn is_unwatched_root() -> bool {
    with(|context| context.levels.is_empty() && !context.watched.get())
}

/// Makes this thread's root execution one whose failures are reported, and names it.
pub(crate) fn watch_root(name: &'static str) {
    with(|context| {
        context.root.set(name);
        context.watched.set(true);
    });
}

/// The invocation that this thread runs, as messages name it. For the panic hook: asks for
/// nothing that may be in use.
pub(crate) fn invoked_now() -> Option<Who> {
    CONTEXT.try_with(|context| context.levels.try_who()).ok().flatten()
}

/// The current execution, as messages name it; a root is found at that place.
pub(crate) fn who(at: &'static Location<'static>) -> Who {
    with(|context| {
        context.levels.try_who().unwrap_or_else(|| {
            let (id, name) = (context.id(), context.root.get());
            Who { id, name, file: at.file(), line: at.line() }
        })
    })
}

/// The current execution has this place until it ends.
pub(crate) fn set_place(place: Arc<dyn Place>) {
    with(|context| context.levels.set_place(place));
}

/// The current execution is this one to a durable engine, until it ends.
#[cfg(feature = "durable")]
pub(crate) fn set_durable(owner: Arc<Owner>) {
    with(|context| context.levels.set_durable(owner));
}

/// What the current execution is to a durable engine, if it is anything. Not inherited: others have
/// no place in the order of its invocations.
#[cfg(feature = "durable")]
pub(crate) fn durable() -> Option<Arc<Owner>> {
    with(|context| context.levels.durable())
}

/// If the current execution has been cancelled: how messages name it.
pub(crate) fn cancelled() -> Option<Who> {
    with(|context| context.levels.cancelled())
}

/// Lets others see which executions wait while this thread is parked. False if there are none.
pub(crate) fn publish(waiter: &Arc<Waiter>) -> bool {
    with(|context| context.levels.publish(waiter))
}

/// Runs `f` on this thread with `threads` as the current loop.
pub(crate) fn within<R>(threads: &Arc<Threads>, f: impl FnOnce() -> R) -> R {
    /// Puts the former home back, also when `f` unwinds.
    struct Back(Option<Home>);
    impl Drop for Back {
        fn drop(&mut self) {
            let home = self.0.take();
            let left = with(|context| context.home.replace(home));
            drop(left);
        }
    }
    let home = with(|context| context.home.replace(Some(Home::new(threads, context.number))));
    let _back = Back(home);
    f()
}

/// Calls `f` with the current execution's header, if it is no root execution.
#[cfg(feature = "trace")]
pub(crate) fn with_current(f: impl FnOnce(&Header)) {
    if let Some(task) = with(|context| context.levels.top()) {
        f(task.header());
    }
}

/// The annotated function that the current execution entered first.
#[cfg(feature = "tracing")]
pub(crate) fn entered() -> Option<&'static Function> {
    with(|context| context.levels.top_with(|_, function| function)).flatten()
}

/// The current execution, as events name it.
#[cfg(feature = "trace")]
pub(crate) fn subject() -> Subject {
    let subject = with(|context| context.levels.top_with(Subject::of));
    subject.unwrap_or_else(|| with(|context| Subject::root(context.id(), context.root.get())))
}

/// This thread's root execution, if that is what runs and it has an id.
#[cfg(feature = "trace")]
pub(crate) fn root() -> Option<Subject> {
    with(|context| {
        let id = context.root_id.get().filter(|_| context.levels.is_empty())?;
        Some(Subject::root(id, context.root.get()))
    })
}

/// The id of the current execution, the annotated function it entered first, and how to show that
/// one's result.
#[cfg(feature = "trace")]
pub(crate) fn result_shown_by() -> Option<(Id, Option<&'static Function>, Option<Show>)> {
    with(|context| context.levels.result_shown_by())
}

/// Notes how to show the result of the current execution.
#[cfg(feature = "trace")]
pub(crate) fn show_result_by(show: Show) {
    with(|context| context.levels.show_result_by(show));
}
