//! The engine: promises by id, whatever runs.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use async_mech::Canceller;
use async_mech::durable::{self, Call, Engine, Failed, Handle, Kind, Settle, Settled};

use crate::session::Run;

/// The engine, to look at. Clones are the same one.
#[derive(Clone, Default)]
#[allow(missing_debug_implementations)]
pub struct Fake {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) promises: BTreeMap<String, Promised>,
    /// After how many calls of its session the first run of an execution is taken away.
    pub(crate) taken_after: BTreeMap<String, usize>,
    /// Those whose functions do not run until they are released.
    held: Vec<String>,
    settled: usize,
}

pub(crate) struct Promised {
    pub(crate) call: Call,
    pub(crate) settled: Option<Settled>,
    /// The how manieth of all promises it was that was settled.
    order: usize,
    settles: Vec<Settle>,
    pub(crate) runs: usize,
    /// The winners of its races, by number.
    pub(crate) winners: Vec<String>,
    canceller: Option<Canceller>,
    cancelled: bool,
}

/// What the engine knows of a promise.
#[derive(Debug, PartialEq, Eq)]
pub struct Looked {
    /// `f(1)`
    pub call: String,
    /// How often its function has been started.
    pub runs: usize,
    /// Whether somebody has cancelled it.
    pub cancelled: bool,
}

impl Fake {
    /// A handle of the engine.
    pub fn handle(&self) -> Handle {
        Handle::new(self.clone()).expect("no duplicates")
    }

    /// The first run of that execution is taken away at the call of its session after so many.
    pub fn take_away(&self, id: &str, after: usize) {
        self.lock().taken_after.insert(id.to_owned(), after);
    }

    /// The function of that promise does not run until it is released.
    pub fn hold(&self, id: &str) {
        self.lock().held.push(id.to_owned());
    }

    /// It may run.
    pub fn release(&self, id: &str) {
        self.lock().held.retain(|held| held != id);
        self.shared.changed.notify_all();
        self.run(id);
    }

    /// Ends the current run of that execution, in whatever it is, and runs it again.
    pub fn take_away_now(&self, id: &str) {
        let canceller = self.lock().promises[id].canceller.clone();
        self.run(id);
        canceller.expect("it runs").cancel();
        self.shared.changed.notify_all();
    }

    /// What is known of a promise.
    pub fn look(&self, id: &str) -> Option<Looked> {
        let state = self.lock();
        let promised = state.promises.get(id)?;
        Some(Looked {
            call: promised.call.shown(),
            runs: promised.runs,
            cancelled: promised.cancelled,
        })
    }

    /// All ids.
    pub fn ids(&self) -> Vec<String> {
        self.lock().promises.keys().cloned().collect()
    }

    /// Blocks until that promise has been created.
    pub fn wait_for(&self, id: &str) {
        drop(self.wait_while(|state| !state.promises.contains_key(id)));
    }

    /// Blocks until that promise is settled.
    pub fn wait_settled(&self, id: &str) {
        drop(self.wait_while(|state| state.promises.get(id).is_none_or(|it| it.settled.is_none())));
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wait_while(&self, mut busy: impl FnMut(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.lock();
        self.shared
            .changed
            .wait_while(state, |state| busy(state))
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates the promise and runs its function, unless it is there.
    pub(crate) fn create(
        &self,
        call: Call,
        settle: Option<Settle>,
    ) -> Result<(), durable::Mismatch> {
        let mut state = self.lock();
        let id = call.id.clone();
        if let Some(promised) = state.promises.get_mut(&id) {
            call.matches(&promised.call)?;
            match (&promised.settled, settle) {
                (Some(settled), Some(settle)) => {
                    let settled = settled.clone();
                    drop(state);
                    settle.settle(settled);
                }
                (_, settle) => promised.settles.extend(settle),
            }
            return Ok(());
        }
        let promised = Promised {
            call,
            settled: None,
            order: 0,
            settles: settle.into_iter().collect(),
            runs: 0,
            winners: Vec::new(),
            canceller: None,
            cancelled: false,
        };
        state.promises.insert(id.clone(), promised);
        drop(state);
        self.shared.changed.notify_all();
        self.run(&id);
        Ok(())
    }

    /// Runs the function once more.
    pub(crate) fn run(&self, id: &str) {
        let mut state = self.lock();
        let first = state.taken_after.remove(id);
        if state.held.iter().any(|held| held == id) {
            state.taken_after.extend(first.map(|after| (id.to_owned(), after)));
            return;
        }
        let promised = state.promises.get_mut(id).expect("created");
        if promised.settled.is_some() {
            return;
        }
        promised.runs += 1;
        let (number, call) = (promised.runs, promised.call.clone());
        drop(state);
        let Some(function) = durable::function(&call.function) else {
            let message = "no worker has this function";
            return self.settle(id, Err(Failed::new(Kind::Failed, call.function, message)));
        };
        let run = Arc::new(Run::new(self.clone(), id, number, first));
        let (fake, own) = (self.clone(), id.to_owned());
        let canceller = function.start(id, call.args, run, move |settled| {
            let mut state = fake.lock();
            let promised = state.promises.get_mut(&own).expect("created");
            // A run that was taken away counts for nothing.
            if promised.runs == number || promised.cancelled {
                drop(state);
                fake.settle(&own, settled);
            }
        });
        let mut state = self.lock();
        let promised = state.promises.get_mut(id).expect("created");
        if promised.runs == number {
            promised.canceller = Some(canceller);
        }
    }

    fn settle(&self, id: &str, settled: Settled) {
        let mut state = self.lock();
        let order = state.settled;
        let promised = state.promises.get_mut(id).expect("created");
        if promised.settled.is_some() {
            return;
        }
        promised.settled = Some(settled.clone());
        promised.order = order;
        let settles = std::mem::take(&mut promised.settles);
        state.settled += 1;
        drop(state);
        self.shared.changed.notify_all();
        settles.into_iter().for_each(|settle| settle.settle(settled.clone()));
    }

    pub(crate) fn cancel_promise(&self, id: &str) {
        let mut state = self.lock();
        let Some(promised) = state.promises.get_mut(id) else { return };
        promised.cancelled = true;
        let canceller = promised.canceller.clone();
        let function = promised.call.function.clone();
        drop(state);
        self.shared.changed.notify_all();
        if let Some(canceller) = canceller {
            canceller.cancel();
        } else {
            self.settle(id, Err(Failed::new(Kind::Cancelled, function, "")));
        }
    }
}

impl Promised {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled
    }
}

impl State {
    /// Which of these was settled first, if any is.
    pub(crate) fn first<'a>(&self, ids: &'a [String]) -> Option<&'a String> {
        let settled = ids.iter().filter(|id| self.promises[*id].settled.is_some());
        settled.min_by_key(|id| self.promises[*id].order)
    }
}

impl Engine for Fake {
    fn start(&self, call: Call, settle: Settle) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.create(call, Some(settle))?)
    }

    fn cancel(&self, id: &str) {
        self.cancel_promise(id);
    }
}
