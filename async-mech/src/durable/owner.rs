//! A durable execution while this process runs it: what it invokes gets ids from it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::engine::{Call, Interrupted, Session, Settled};
use super::remote::Remote;
use crate::context;
use crate::failure::discard;
use crate::sync::{Mutex, MutexGuard, lock};

/// Durable executions in this process, and engines that it is connected to. While there are none,
/// `invoke!` looks no further.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);
/// The engines among them, but for embedded ones.
static ENGINES: AtomicUsize = AtomicUsize::new(0);

#[inline]
pub(crate) fn any_active() -> bool {
    ACTIVE.load(Ordering::Relaxed) > 0
}

/// Whether durable functions run on an engine, and not just in this process.
pub(super) fn any_engine() -> bool {
    ENGINES.load(Ordering::Relaxed) > 0
}

/// Counts until it is dropped.
pub(super) struct Active {
    engine: bool,
}

impl Active {
    pub(super) fn new(engine: bool) -> Active {
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        ENGINES.fetch_add(usize::from(engine), Ordering::Relaxed);
        Active { engine }
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
        ENGINES.fetch_sub(usize::from(self.engine), Ordering::Relaxed);
    }
}

/// See the module. The level of the execution has it.
#[allow(missing_debug_implementations, reason = "it is in no public signature")]
pub struct Owner {
    id: String,
    /// The number of the next invocation of a durable function, in program order.
    next: AtomicU64,
    /// None where durable functions run in this process.
    session: Option<Arc<dyn Session>>,
    /// Whether the engine has taken the execution away.
    gone: AtomicBool,
    /// What is invoked and not settled. Kept alive here: an engine's promise has nobody else who
    /// would complete it.
    remotes: Mutex<HashMap<String, Arc<dyn Remote>>>,
    _active: Active,
}

impl Owner {
    pub(super) fn new(id: String, session: Option<Arc<dyn Session>>) -> Arc<Owner> {
        Arc::new(Owner {
            id,
            next: AtomicU64::new(0),
            session,
            gone: AtomicBool::new(false),
            remotes: Mutex::new(HashMap::new()),
            _active: Active::new(false),
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn is_remote(&self) -> bool {
        self.session.is_some()
    }

    /// The id of what it invokes next.
    pub(super) fn next_id(&self) -> String {
        format!("{}.{}", self.id, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The current execution is this one until it ends.
    pub(crate) fn begin(self: Arc<Self>) -> Owning {
        context::set_durable(Arc::clone(&self));
        #[cfg(feature = "trace")]
        observed!(context::with_current(|header| {
            crate::trace::emit_durable(header, &self.id, true);
        }));
        Owning(self)
    }

    /// Asks the engine. Once that has taken the execution away, nothing is asked any more.
    fn ask<R>(
        &self,
        ask: impl FnOnce(&dyn Session) -> Result<R, Interrupted>,
    ) -> Result<R, Interrupted> {
        let session = self.session.as_ref().filter(|_| !self.gone.load(Ordering::Relaxed));
        let answer = session.ok_or(Interrupted).and_then(|session| ask(&**session));
        if answer.is_err() {
            self.gone.store(true, Ordering::Relaxed);
        }
        answer
    }

    pub(super) fn invoke(&self, call: Call, remote: Arc<dyn Remote>) -> Result<(), Interrupted> {
        let id = call.id.clone();
        self.ask(|session| session.invoke(call))?;
        self.remotes().insert(id, remote);
        Ok(())
    }

    pub(super) fn wait(&self, id: &str) -> Result<Settled, Interrupted> {
        let settled = self.ask(|session| session.wait(id))?;
        let remote = self.remotes().remove(id);
        drop(remote);
        Ok(settled)
    }

    pub(super) fn select(&self, ids: &[String]) -> Result<usize, Interrupted> {
        self.ask(|session| session.select(ids))
    }

    /// The promise under that id has been cancelled here, by this execution or by another one. The
    /// engine hears of it in the first case alone: what another one does has no place in the order
    /// of this one's calls.
    pub(super) fn cancel(&self, id: &str) {
        let remote = self.remotes().remove(id);
        drop(remote);
        let here = context::durable().is_some_and(|owner| std::ptr::eq(&*owner, self));
        // One that is taken away is cancelled here, and what it awaits with it: that is for this
        // process alone. If it is cancelled everywhere, the engine knows what it has invoked.
        if here && !self.gone.load(Ordering::Relaxed) && context::cancelled().is_none() {
            self.session.iter().for_each(|session| session.cancel(id));
        }
    }

    fn remotes(&self) -> MutexGuard<'_, HashMap<String, Arc<dyn Remote>>> {
        lock(&self.remotes)
    }
}

/// The body runs. When it has ended nobody asks the engine for what it invoked and did not await:
/// their promises are of no use any more, and the functions run on.
pub(crate) struct Owning(Arc<Owner>);

impl Drop for Owning {
    fn drop(&mut self) {
        let remotes = std::mem::take(&mut *self.0.remotes());
        remotes.values().for_each(|remote| remote.leave());
        discard(remotes);
    }
}
