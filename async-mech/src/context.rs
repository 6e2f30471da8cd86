//! What a thread knows: the execution it runs, that execution's loop, and its own stack.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cell::Task;
use crate::event_loop::EventLoop;
use crate::execution::Id;
use crate::failure::Who;
use crate::sync::thread_local;
use crate::threads::Threads;
use crate::threads::shard::Shard;
use crate::threads::stack::Stack;
use crate::threads::waiter::Waiter;

/// The definition of an annotated function.
#[derive(Debug)]
pub struct Function {
    name: &'static str,
    #[allow(dead_code, reason = "events will carry it")]
    module: &'static str,
    file: &'static str,
    line: u32,
}

impl Function {
    /// Named as messages will name it.
    pub const fn new(
        name: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        Function { name, module, file, line }
    }

    pub(crate) fn who(&self, id: Id) -> Who {
        Who { id, name: self.name, file: self.file, line: self.line }
    }
}

/// The execution that a thread runs, as it is handed from thread to thread.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) id: Id,
    /// Its cell; a root execution has none.
    pub(crate) task: Option<Arc<dyn Task>>,
    /// What a root execution is called.
    root: &'static str,
}

impl Current {
    pub(crate) fn name(&self) -> &'static str {
        self.task.as_ref().map_or(self.root, |task| task.header().name)
    }

    pub(crate) fn caller(&self) -> Option<Id> {
        self.task.as_ref().and_then(|task| task.header().caller)
    }
}

/// A place among executions of which only so many run at a time. It is not used while the
/// execution awaits.
pub(crate) trait Place: Send + Sync {
    /// The execution is about to await.
    fn leave(&self);
    /// It goes on; waits for a place.
    fn come_back(&self);
}

/// An event loop, and the shard of it where a thread's invocations go.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) threads: Arc<Threads>,
    pub(crate) shard: Arc<Shard>,
}

impl Home {
    fn new(threads: &Arc<Threads>, number: usize) -> Home {
        Home { threads: Arc::clone(threads), shard: Arc::clone(threads.home(number)) }
    }
}

struct Context {
    home: RefCell<Option<Home>>,
    /// The current execution's id; a root execution takes one when it is first asked for, so that
    /// the loop's own threads use up none.
    id: Cell<Option<Id>>,
    /// Its cell; a root execution has none.
    task: RefCell<Option<Arc<dyn Task>>>,
    /// The annotated function it entered first: the definition of what runs.
    function: Cell<Option<&'static Function>>,
    /// Whether an awaiter lent this thread to it.
    lent: Cell<bool>,
    /// The place that it has.
    place: RefCell<Option<Arc<dyn Place>>>,
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
            id: Cell::new(None),
            task: RefCell::new(None),
            function: Cell::new(None),
            lent: Cell::new(false),
            place: RefCell::new(None),
            root: Cell::new("root"),
            watched: Cell::new(false),
            waiter: OnceCell::new(),
            stack: OnceCell::new(),
            number: THREADS.fetch_add(1, Ordering::Relaxed),
            employer: OnceCell::new(),
        }
    }

    fn id(&self) -> Id {
        self.id.get().unwrap_or_else(|| {
            let id = Id::next();
            self.id.set(Some(id));
            id
        })
    }
}

/// The current thread's context; a fresh one while the thread's own is being destroyed.
fn with<R>(f: impl FnOnce(&Context) -> R) -> R {
    /// Out of line, so that deep chains of awaits do not keep room for it in every frame.
    #[cold]
    #[inline(never)]
    fn with_fresh<R>(f: impl FnOnce(&Context) -> R) -> R {
        f(&Context::foreign())
    }
    if CONTEXT.try_with(|_| ()).is_ok() { CONTEXT.with(f) } else { with_fresh(f) }
}

/// Makes the current thread one of ours.
pub(crate) fn adopt(threads: &Arc<Threads>, number: usize, stack: Stack) {
    with(|context| {
        context.home.replace(Some(Home::new(threads, number)));
        let _ = context.employer.set(Arc::clone(threads));
        let _ = context.stack.set(Some(stack));
    });
}

/// Makes the current thread, new and ours, run on behalf of an execution that is under way.
pub(crate) fn stand_in(current: Current, home: Home, stack: Stack) {
    with(|context| {
        context.home.replace(Some(home));
        context.id.set(Some(current.id));
        context.task.replace(current.task);
        let _ = context.stack.set(Some(stack));
    });
}

/// The current execution.
pub(crate) fn current() -> Current {
    with(|context| Current {
        id: context.id(),
        task: context.task.borrow().clone(),
        root: context.root.get(),
    })
}

/// Calls `f` with the current execution's id, its loop and its home shard.
pub(crate) fn here<R>(f: impl FnOnce(Id, &Home) -> R) -> R {
    with(|context| {
        let mut home = context.home.borrow_mut();
        let home = home.get_or_insert_with(|| {
            EventLoop::global().with_threads(|threads| Home::new(threads, context.number))
        });
        f(context.id(), home)
    })
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
    with(|context| context.stack.get_or_init(Stack::find).is_some_and(|stack| stack.has_left(part)))
}

/// Whether this is a root execution whose failures nobody reports: a stranger's thread.
pub(crate) fn is_unwatched_root() -> bool {
    with(|context| context.task.borrow().is_none() && !context.watched.get())
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
    let who = |context: &Context| {
        let task = context.task.try_borrow().ok()?;
        let header = task.as_ref()?.header();
        Some(context.function.get().map_or(header.who(), |function| function.who(header.id)))
    };
    CONTEXT.try_with(who).ok().flatten()
}

/// Runs `body` as the execution with that id and cell. Also says which annotated function it
/// entered first.
pub(crate) fn run<T>(
    id: Id,
    task: Arc<dyn Task>,
    lent: bool,
    body: impl FnOnce() -> T,
) -> (Result<T, Box<dyn Any + Send>>, Option<&'static Function>) {
    let before = with(|context| {
        let caller = context.id.replace(Some(id));
        let function = context.function.replace(None);
        let lent = context.lent.replace(lent);
        let place = context.place.take();
        (context.task.replace(Some(task)), caller, function, lent, place)
    });
    let result = catch_unwind(AssertUnwindSafe(body));
    let (task, caller, function, lent, place) = before;
    let (entered, ended) = with(|context| {
        context.place.replace(place);
        context.id.set(caller);
        context.lent.set(lent);
        (context.function.replace(function), context.task.replace(task))
    });
    drop(ended);
    (result, entered)
}

/// The current execution has this place until it ends.
pub(crate) fn set_place(place: Arc<dyn Place>) {
    with(|context| context.place.replace(Some(place)));
}

/// The current execution is about to await; it comes back when this is dropped.
pub(crate) fn leave_place() -> Away {
    let place = with(|context| context.place.borrow().clone());
    if let Some(place) = &place {
        place.leave();
    }
    Away(place)
}

/// See [`leave_place`].
pub(crate) struct Away(Option<Arc<dyn Place>>);

impl Drop for Away {
    fn drop(&mut self) {
        if let Some(place) = &self.0 {
            place.come_back();
        }
    }
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

/// An annotated function that has been entered.
#[derive(Debug)]
pub struct Frame {
    /// Whether it is the first of a lent execution.
    pub(crate) first_of_lent: bool,
    /// A frame belongs to the thread that entered it.
    here: PhantomData<*const ()>,
}

/// Enters an annotated function.
pub fn enter(function: &'static Function) -> Frame {
    with(|context| {
        let first = context.function.get().is_none();
        if first {
            context.function.set(Some(function));
        }
        Frame { first_of_lent: first && context.lent.get(), here: PhantomData }
    })
}
