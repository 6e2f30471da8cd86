//! A program as it is run: on event loops of its own, with whatever threads these start.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use async_mech::{EventLoop, Failure, Id, Promise, Resolver};

use crate::program::{Has, Path, Program, Setup};
use crate::seen::{FAILS, Outcome, PANICS, Seen, Tree, Why};
use crate::walk::walk;

/// A promise, and what the program calls it.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) of: Path,
    pub(crate) promise: Promise<Token>,
}

/// What a running body has.
pub(crate) type Mine = Has<Slot, (Path, Resolver<Token>)>;

/// Counts what is alive.
#[derive(Clone, Debug, Default)]
struct Count(Arc<AtomicIsize>);

impl Count {
    fn more(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn less(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    fn now(&self) -> isize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The value of every promise: where it comes from. Each has to be dropped once.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) tree: Tree,
    values: Count,
}

impl Clone for Token {
    fn clone(&self) -> Token {
        self.values.more();
        // Others want it meanwhile.
        thread::yield_now();
        Token { tree: self.tree.clone(), values: self.values.clone() }
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.values.less();
    }
}

/// What a callee captures: a body that has not ended, or never will begin. Dropped once.
#[derive(Debug)]
pub(crate) struct Callee(Count);

impl Drop for Callee {
    fn drop(&mut self) {
        self.0.less();
    }
}

/// The error of a resolver, which holds a value.
#[derive(Debug)]
struct Fails(Path, #[expect(dead_code, reason = "it is dropped")] Token);

impl fmt::Display for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAILS}{}", self.0)
    }
}

impl Error for Fails {}

/// One run of a program.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) loops: Vec<EventLoop>,
    seen: Mutex<Vec<Seen>>,
    /// What the root had when it ended.
    kept: Mutex<Vec<Slot>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    values: Count,
    callees: Count,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    pub(crate) fn token(&self, tree: Tree) -> Token {
        self.values.more();
        Token { tree, values: self.values.clone() }
    }

    pub(crate) fn leaf(&self, of: &Path) -> Token {
        self.token(Tree::Leaf(of.clone()))
    }

    pub(crate) fn callee(&self) -> Callee {
        self.callees.more();
        Callee(self.callees.clone())
    }

    pub(crate) fn error(&self, of: &Path) -> impl Error + Send + Sync + 'static {
        Fails(of.clone(), self.leaf(of))
    }

    pub(crate) fn see(&self, seen: Seen) {
        lock(&self.seen).push(seen);
    }

    pub(crate) fn outcome(&self, at: &Path, of: &Path, outcome: Outcome) {
        self.see(Seen::Outcome { at: at.clone(), of: of.clone(), outcome });
    }

    /// A thread that is none of the loops'.
    pub(crate) fn abroad(&self, f: impl FnOnce() + Send + 'static) {
        lock(&self.threads).push(thread::spawn(f));
    }
}

/// What became of a program.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) seen: Vec<Seen>,
    /// What is left that should not be.
    pub(crate) left: Vec<String>,
}

/// Runs the program to its end. `watch` is given its loops, and held as long as it runs.
pub(crate) fn run<W>(program: &Program, watch: impl FnOnce(&[EventLoop]) -> W) -> Ran {
    hush();
    let set_up = |setup: &Setup| {
        let builder = EventLoop::builder().lend_threads(setup.lend);
        setup.most.map_or(builder.clone(), |most| builder.max_threads(most)).build()
    };
    let loops = program.loops.iter().map(set_up).collect::<Vec<_>>();
    let _watched = watch(&loops);
    let run = Arc::new(Run { loops, ..Run::default() });
    let root = {
        let (run, body, callee) = (Arc::clone(&run), Arc::clone(&program.root), run.callee());
        run.loops[0].clone().invoke(move || {
            let _callee = callee;
            let mine = walk(&run, &body, &Path::root(), Mine::new(Vec::new()));
            lock(&run.kept).extend(mine.promises);
            run.leaf(&Path::root())
        })
    };
    if program.cancelled {
        run.see(Seen::Cancel { of: Path::root(), met: root.cancel() });
    }
    let outcome = root.outcome();
    run.outcome(&Path::root(), &Path::root(), told(&outcome));
    drop(outcome);
    ended(&run)
}

/// Waits until nothing runs, lets the threads end, and looks at what is left.
fn ended(run: &Run) -> Ran {
    while run.callees.now() > 0 {
        thread::yield_now();
    }
    let threads = std::mem::take(&mut *lock(&run.threads));
    threads.into_iter().for_each(|thread| thread.join().expect("it only resolves"));
    let kept = std::mem::take(&mut *lock(&run.kept));
    for slot in &kept {
        while !slot.promise.is_completed() {
            thread::yield_now();
        }
    }
    // What ends on one loop may complete promises of another.
    let running: usize = run.loops.iter().map(|one| one.shutdown(Duration::MAX)).sum();
    while run.loops.iter().any(|one| one.snapshot().threads > 0) {
        thread::yield_now();
    }
    let held = |id: &Id| kept.iter().any(|slot| slot.promise.id() == *id);
    let snapshots = || run.loops.iter().map(EventLoop::snapshot);
    let mut left = Vec::new();
    for state in snapshots().filter(|state| running > 0 || !state.promises.keys().all(held)) {
        left.push(format!("{running} executions, and more than {kept:?} in\n{state}"));
    }
    for Slot { of, promise } in kept {
        run.outcome(&Path::from("end"), &of, told(&promise.outcome()));
    }
    left.extend(snapshots().filter_map(|state| {
        let is_empty = state.promises.is_empty() && state.awaiters.is_empty();
        (!is_empty).then(|| format!("promises that nobody holds in\n{state}"))
    }));
    let (values, callees) = (run.values.now(), run.callees.now());
    if (values, callees) != (0, 0) {
        left.push(format!("{values} values and {callees} callees (or too few, if negative)"));
    }
    Ran { seen: std::mem::take(&mut *lock(&run.seen)), left }
}

/// An outcome, as it can be compared.
pub(crate) fn told(outcome: &Result<Token, Failure>) -> Outcome {
    match outcome {
        Ok(token) => Ok(token.tree.clone()),
        Err(failure) => Err(Why::from(failure)),
    }
}

/// The bodies' own panics are meant, and are many: no message.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let text = info.payload().downcast_ref::<String>();
            if !text.is_some_and(|text| text.starts_with(PANICS)) {
                previous(info);
            }
        }));
    });
}
