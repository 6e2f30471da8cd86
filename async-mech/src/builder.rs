//! Sets up an event loop.

use std::time::Duration;

use crate::event_loop::EventLoop;
use crate::threads::Config;

/// How an [`EventLoop`] is to be; see [`EventLoop::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    config: Config,
}

impl Default for Builder {
    /// What [`EventLoop::builder`] gives.
    fn default() -> Builder {
        Builder { config: Config::default() }
    }
}

impl Builder {
    /// The loop's name; its threads are called `name-1`, `name-2` and so on. `async-mech` unless
    /// set.
    ///
    /// # Panics
    ///
    /// If `name` holds a NUL character, which no thread's name may.
    pub fn name(mut self, name: impl Into<String>) -> Builder {
        let name = name.into();
        assert!(!name.contains('\0'), "the name of an event loop holds a NUL character");
        self.config.name = name;
        self
    }

    /// The stack of each thread in bytes, 2 MiB unless set. A function that an awaiter runs on
    /// its own thread may have as little as half of it. Below some 256 KiB an await at a thread ceiling
    /// fails for want of stack.
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.config.stack_size = bytes;
        self
    }

    /// The most threads the loop may have at once, at least 1, which 0 is taken for. Further
    /// invocations wait, and run when a thread is free or when somebody awaits them.
    ///
    /// An awaiter at this ceiling runs its callee on the rest of its own stack. A chain of awaits too
    /// deep for that fails as [`Failed`](crate::FailureKind::Failed): out of threads and stack.
    ///
    /// Where all these threads are suspended in awaits (a [`sleep`](crate::sleep()) is one), and what is
    /// queued nobody awaits, one more is started beyond this number, and another when that one is
    /// suspended, too: what they wait for may depend on it. So no invocations stall that only await
    /// each other. Such a thread ends when it has nothing to do; until then it runs beside those that go
    /// on. So this bounds threads where functions compute or block, and not how many run at a time
    /// where many await: [`map_bounded`](crate::map_bounded()) does.
    ///
    /// Unless set, only the process's ceiling holds, which all loops share: it is read from the
    /// system's limits, and is about 13,000 threads on a Linux with default settings.
    pub fn max_threads(mut self, most: usize) -> Builder {
        self.config.max_threads = most.max(1);
        self
    }

    /// How long a thread without work is kept, 10 s unless set.
    pub fn keep_alive(mut self, time: Duration) -> Builder {
        self.config.keep_alive = time;
        self
    }

    /// Whether an execution that awaits a promise whose function has not started may run it on
    /// its own thread, which is much faster. It may, unless set.
    ///
    /// Without lending, each invocation has a thread to itself, so thread-locals and thread ids
    /// are its own, except at the thread ceiling: there an awaiter runs its callee all the same,
    /// since nobody else can.
    pub fn lend_threads(mut self, lend: bool) -> Builder {
        self.config.lend_threads = lend;
        self
    }

    /// Makes the loop. It starts no thread until something is invoked.
    #[must_use]
    pub fn build(self) -> EventLoop {
        EventLoop::new(self.config)
    }
}
