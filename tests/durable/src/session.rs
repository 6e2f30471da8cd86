//! One run of an execution.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::durable::{Call, Failed, Interrupted, Kind, Session, Settled};

use crate::engine::Fake;

pub(crate) struct Run {
    fake: Fake,
    id: String,
    /// The how manieth run of the execution it is.
    number: usize,
    /// How many calls it may make.
    budget: Option<usize>,
    calls: AtomicUsize,
    races: AtomicUsize,
}

impl Run {
    pub(crate) fn new(fake: Fake, id: &str, number: usize, budget: Option<usize>) -> Run {
        let (calls, races) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Run { fake, id: id.to_owned(), number, budget, calls, races }
    }

    fn is_taken_away(&self) -> bool {
        self.fake.lock().promises[&self.id].runs != self.number
    }

    /// One more call, unless that is one too many.
    fn call(&self) -> Result<(), Interrupted> {
        if self.is_taken_away() {
            return Err(Interrupted);
        }
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.budget.is_some_and(|budget| calls >= budget) {
            // It runs elsewhere from now on.
            self.fake.run(&self.id);
            return Err(Interrupted);
        }
        Ok(())
    }

    /// Blocks until `done` says something, or this run is over.
    fn until<R>(
        &self,
        done: impl Fn(&crate::engine::State) -> Option<R>,
    ) -> Result<R, Interrupted> {
        let state = self.fake.wait_while(|state| {
            let own = &state.promises[&self.id];
            own.runs == self.number && !own.is_cancelled() && done(state).is_none()
        });
        match done(&state) {
            Some(answer) if state.promises[&self.id].runs == self.number => Ok(answer),
            _ => Err(Interrupted),
        }
    }
}

impl Session for Run {
    fn invoke(&self, call: Call) -> Result<(), Interrupted> {
        self.call()?;
        let (id, function) = (call.id.clone(), call.function.clone());
        if let Err(mismatch) = self.fake.create(call, None) {
            let failed = Failed::new(Kind::Failed, function, mismatch.to_string());
            self.fake.lock().promises.get_mut(&id).expect("created").settled = Some(Err(failed));
        }
        Ok(())
    }

    fn wait(&self, id: &str) -> Result<Settled, Interrupted> {
        self.call()?;
        self.until(|state| state.promises[id].settled.clone())
    }

    fn select(&self, ids: &[String]) -> Result<usize, Interrupted> {
        self.call()?;
        let race = self.races.fetch_add(1, Ordering::Relaxed);
        let winner = self.until(|state| {
            let recorded = state.promises[&self.id].winners.get(race).cloned();
            recorded.or_else(|| state.first(ids).cloned())
        })?;
        let mut state = self.fake.lock();
        let winners = &mut state.promises.get_mut(&self.id).expect("created").winners;
        if winners.len() == race {
            winners.push(winner.clone());
        }
        Ok(ids.iter().position(|id| *id == winner).expect("one of those that raced before"))
    }

    fn cancel(&self, id: &str) {
        self.fake.cancel_promise(id);
    }
}
