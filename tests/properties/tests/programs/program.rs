//! The language: a program is a tree of bodies, and a body takes steps.

use std::fmt;
use std::sync::Arc;

/// A program: the loops it runs on, and what its first execution does.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// At least one; the first one runs the root.
    pub(crate) loops: Vec<Setup>,
    pub(crate) root: Arc<Body>,
    /// Whether the root is cancelled as soon as it is invoked.
    pub(crate) cancelled: bool,
}

/// How an event loop is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// The loop's own ceiling.
    pub(crate) most: Option<usize>,
    pub(crate) lend: bool,
}

/// What a function does.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) steps: Vec<Step>,
}

/// One of the promises that a body has, modulo their number; nothing if there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) at: u8,
    /// Whether the body gives it away, or a clone of it.
    pub(crate) moved: bool,
}

/// What a body does next. A promise that is made is the body's last one.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Makes a promise without a function; the body holds its resolver.
    Promise,
    /// Uses a resolver that the body holds.
    Settle {
        at: u8,
        how: Settle,
        abroad: bool,
    },
    /// Invokes a body, perhaps on another loop, perhaps with a resolver to hold.
    Invoke {
        on: Option<u8>,
        given: Vec<Pick>,
        resolver: bool,
        body: Arc<Body>,
        then: Kept,
    },
    /// Another holder of a promise.
    Clone(u8),
    /// Drops a promise, or says that it is meant.
    Forget {
        at: u8,
        detach: bool,
    },
    /// Waits for a promise without a deadline.
    Await {
        pick: Pick,
        how: Await,
    },
    /// Waits at most so many microseconds.
    Timed {
        pick: Pick,
        micros: u8,
        late: Late,
    },
    /// Looks, and does not wait.
    Try(Pick),
    /// Several promises as one, which is awaited at once or kept.
    Gather {
        rule: Rule,
        inputs: Vec<Pick>,
        awaited: bool,
    },
    /// Takes so many outcomes as they come.
    AsCompleted {
        inputs: Vec<Pick>,
        take: u8,
    },
    /// Waits for two or three at once.
    Tuple(Vec<Pick>),
    /// A body that is invoked with the value.
    Then {
        pick: Pick,
        given: Vec<Pick>,
        body: Arc<Body>,
    },
    /// A body that returns one of its promises, flattened.
    Flatten {
        given: Vec<Pick>,
        body: Arc<Body>,
        at: u8,
    },
    /// Cancels a promise that is kept, or through a canceller one that has been dropped.
    Cancel(Pick),
    /// Children that are joined.
    Scope {
        children: Vec<Child>,
        look: bool,
        panics: bool,
    },
    /// The body for each item, so many at a time; takes some of the results.
    MapBounded {
        items: u8,
        at_once: u8,
        take: u8,
        unordered: bool,
        given: Vec<Pick>,
        body: Arc<Body>,
    },
    /// So many executions, each awaiting the next.
    Circle(u8),
    Checkpoint,
    Sleep(u8),
    Panic,
}

/// A scope's child.
#[derive(Clone, Debug)]
pub(crate) struct Child {
    pub(crate) given: Vec<Pick>,
    pub(crate) body: Arc<Body>,
}

/// What is done with the promise of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Here,
    Dropped,
    Detached,
}

/// How a resolver is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    Resolve,
    Fail,
    Drop,
}

/// How a promise is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Await {
    /// A failure is a value.
    Outcome,
    /// A failure unwinds.
    Wait,
    /// The same, and the promise stays.
    Reference,
}

/// What follows when time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    Drop,
    Wait,
    Cancel,
}

/// The combinators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    All,
    AllSettled,
    Any,
    Race,
}

/// A step's place in the program; what a step makes is named after it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path(Arc<str>);

impl Path {
    /// The root body.
    pub(crate) fn root() -> Path {
        Path("0".into())
    }

    /// A step of the body with this path.
    pub(crate) fn step(&self, index: usize) -> Path {
        Path(format!("{self}.{index}").into())
    }

    /// One of several things that a step makes.
    pub(crate) fn part(&self, part: impl fmt::Display) -> Path {
        Path(format!("{self}/{part}").into())
    }
}

impl From<&str> for Path {
    fn from(text: &str) -> Path {
        Path(text.into())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a body has: promises and resolvers. The model and the run share how they are picked, so
/// that they speak of the same ones.
#[derive(Debug)]
pub(crate) struct Has<P, R> {
    pub(crate) promises: Vec<P>,
    pub(crate) resolvers: Vec<R>,
}

impl<P: Clone, R> Has<P, R> {
    /// For a body that is given these promises.
    pub(crate) fn new(promises: Vec<P>) -> Has<P, R> {
        Has { promises, resolvers: Vec::new() }
    }

    fn index(at: u8, of: usize) -> Option<usize> {
        usize::from(at).checked_rem(of)
    }

    pub(crate) fn peek(&self, at: u8) -> Option<&P> {
        self.promises.get(Self::index(at, self.promises.len())?)
    }

    pub(crate) fn remove(&mut self, at: u8) -> Option<P> {
        Self::index(at, self.promises.len()).map(|index| self.promises.remove(index))
    }

    pub(crate) fn pick(&mut self, pick: Pick) -> Option<P> {
        if pick.moved { self.remove(pick.at) } else { self.peek(pick.at).cloned() }
    }

    pub(crate) fn picks(&mut self, picks: &[Pick]) -> Vec<P> {
        picks.iter().filter_map(|pick| self.pick(*pick)).collect()
    }

    pub(crate) fn resolver(&mut self, at: u8) -> Option<R> {
        Self::index(at, self.resolvers.len()).map(|index| self.resolvers.remove(index))
    }
}
