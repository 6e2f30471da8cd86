//! One run of a durable execution: what its body asks for, in the order of the program.

use std::collections::HashMap;
use std::sync::Arc;

use async_mech::durable::{Call, Failed, Kind, Mismatch, Settled};
use async_mech_bridge::{Body, Request};
use resonate_sdk::types::{PromiseRecord, SettleState, Value};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cancel;
use crate::server::{Lease, Refusal};
use crate::shared::{AT_ONCE, Shared};
use crate::waiting::Waiting;
use crate::wire;

/// Why a run has ended.
#[derive(Debug)]
pub(crate) enum Left {
    /// The execution has ended, or waits without a process.
    Given,
    /// The task is not ours any more.
    Lost,
    /// The connection is being closed.
    Stopped,
    /// The server refuses to go on with it.
    Refused(String),
}

impl From<Refusal> for Left {
    fn from(refusal: Refusal) -> Left {
        match refusal {
            Refusal::Fenced => Left::Lost,
            refusal => Left::Refused(refusal.to_string()),
        }
    }
}

type Creating = JoinSet<(Call, Result<PromiseRecord, Refusal>)>;

/// See the module.
pub(crate) struct Execution {
    shared: Arc<Shared>,
    lease: Lease,
    waiting: Waiting,
    /// Children that cannot be: another call is remembered under their ids, for one.
    refused: HashMap<String, Failed>,
    /// Children that are there.
    created: usize,
    /// Questions for the first of several, which have numbers of their own.
    selects: u64,
    /// None while it waits.
    place: Option<OwnedSemaphorePermit>,
}

impl Execution {
    pub(crate) fn new(shared: Arc<Shared>, lease: Lease, place: OwnedSemaphorePermit) -> Execution {
        let waiting = Waiting::new(Arc::clone(&shared));
        let refused = HashMap::new();
        Execution { shared, lease, waiting, refused, created: 0, selects: 0, place: Some(place) }
    }

    /// Answers the body until it has ended, or must be taken away.
    pub(crate) async fn serve(&mut self, body: &mut Body) -> Left {
        match self.answer(body).await {
            Ok(()) => Left::Given,
            Err(left) => left,
        }
    }

    async fn answer(&mut self, body: &mut Body) -> Result<(), Left> {
        let mut creating = Creating::new();
        loop {
            // As many at a time as there are already: so of the first n, fewer than n can be missing
            // in a row if the process dies, and whoever goes through them knows where to stop.
            let more = creating.len() < self.created.clamp(1, AT_ONCE);
            let request = tokio::select! {
                Some(created) = creating.join_next() => {
                    self.created(created.expect("it does not panic"))?;
                    continue;
                }
                request = body.next(), if more => request,
            };
            let request = match request {
                None => return Ok(()),
                Some(Request::Invoke(call)) => {
                    let (shared, lease) = (Arc::clone(&self.shared), self.lease.clone());
                    creating.spawn(async move {
                        let promise = shared.server.create_child(&lease, &call).await;
                        (call, promise)
                    });
                    continue;
                }
                Some(request) => request,
            };
            while let Some(created) = creating.join_next().await {
                self.created(created.expect("it does not panic"))?;
            }
            match request {
                Request::Invoke(_) => unreachable!("done above"),
                Request::Wait(id, answer) => answer.give(self.wait(id).await?),
                Request::Select(ids, answer) => answer.give(self.select(&ids).await?),
                Request::Cancel(id) => self.cancel(id).await?,
                Request::End(settled) => return self.end(&settled).await,
            }
        }
    }

    /// A child is there, or will not be.
    fn created(
        &mut self,
        (call, promise): (Call, Result<PromiseRecord, Refusal>),
    ) -> Result<(), Left> {
        self.created += 1;
        let wrong = match promise {
            Ok(promise) => {
                let before = wire::call(&promise);
                let matches = before.map(|before| call.matches(&before));
                if let Ok(Ok(())) = matches {
                    self.waiting.note(promise);
                    return Ok(());
                }
                match matches {
                    Ok(matches) => matches.unwrap_err().to_string(),
                    Err(_) => not_a_call(&call).to_string(),
                }
            }
            Err(Refusal::No(why)) => {
                format!("`{}` cannot be created on {}: {why}", call.id, self.shared.server.url)
            }
            Err(refusal) => return Err(refusal.into()),
        };
        self.refused.insert(call.id, Failed::new(Kind::Failed, call.function, wrong));
        Ok(())
    }

    async fn wait(&mut self, id: String) -> Result<Settled, Left> {
        if let Some(failed) = self.refused.get(&id) {
            return Ok(Err(failed.clone()));
        }
        let ids = [id];
        loop {
            self.first(&ids).await?;
            if let Some(promise) = self.waiting.take(&ids[0]) {
                return Ok(wire::settled(&promise));
            }
        }
    }

    /// Which of these was settled first. While it waits it has no place, and in the end no task.
    async fn first(&mut self, ids: &[String]) -> Result<usize, Left> {
        if let Some(first) = self.waiting.first_known(ids) {
            return Ok(first);
        }
        self.place = None;
        let first = loop {
            let deadline = Instant::now() + self.shared.suspend_after;
            if let Some(first) = self.waiting.first(ids, Some(deadline)).await? {
                break first;
            }
            if self.shared.server.suspend(&self.lease, ids).await? {
                return Err(Left::Given);
            }
            // One of them was settled meanwhile.
            self.waiting.ask_again();
        };
        let places = Arc::clone(&self.shared.places);
        self.place = places.acquire_owned().await.ok();
        Ok(first)
    }

    /// The same, recorded in a promise of its own, whose id is none of a child's.
    async fn select(&mut self, ids: &[String]) -> Result<usize, Left> {
        let id = format!("{}.s{}", self.lease.id, self.selects);
        self.selects += 1;
        let server = &self.shared.server;
        let asked = serde_json::to_string(ids).expect("strings");
        let note = server.create_note(&self.lease, &id, &asked).await?;
        let before = wire::json_of(&note.param);
        if before.as_deref() != Some(&*asked) {
            let was = format!("the first of {}", before.as_deref().unwrap_or("something else"));
            let wrong = Mismatch::new(id, was, format!("the first of {asked}"));
            let function = self.lease.function.clone();
            let failed = Failed::new(Kind::Failed, function, wrong.to_string());
            self.end(&Err(failed)).await?;
            return Err(Left::Given);
        }
        let winner = match wire::text(&note.value) {
            Some(winner) => winner,
            None => {
                let refused = ids.iter().position(|id| self.refused.contains_key(id));
                let first = match refused {
                    Some(refused) => refused,
                    None => self.first(ids).await?,
                };
                let winner = serde_json::to_string(&ids[first]).expect("a string");
                let (lease, resolved) = (&self.lease, SettleState::Resolved);
                let value = wire::json(&winner);
                let note = self.shared.server.settle_fenced(lease, &id, resolved, value).await?;
                wire::text(&note.value).unwrap_or_else(|| ids[first].clone())
            }
        };
        let place = ids.iter().position(|id| *id == winner);
        place.ok_or_else(|| Left::Refused(format!("`{id}` says that `{winner}` was first")))
    }

    async fn cancel(&mut self, id: String) -> Result<(), Left> {
        if self.refused.contains_key(&id) {
            return Ok(());
        }
        let (lease, state) = (&self.lease, SettleState::RejectedCanceled);
        let promise = self.shared.server.settle_fenced(lease, &id, state, Value::default()).await?;
        self.waiting.note(promise);
        tokio::spawn(cancel::down(Arc::clone(&self.shared), id));
        Ok(())
    }

    async fn end(&mut self, settled: &Settled) -> Result<(), Left> {
        let server = &self.shared.server;
        let refused = match server.fulfill(&self.lease, settled).await {
            Err(Refusal::No(why)) => why,
            answer => return Ok(answer?),
        };
        let message = format!("its outcome cannot be stored on {}: {refused}", server.url);
        let failed = Failed::new(Kind::Failed, self.lease.function.clone(), message);
        Ok(server.fulfill(&self.lease, &Err(failed)).await?)
    }
}

/// The promise was not made by async-mech.
pub(crate) fn not_a_call(call: &Call) -> Mismatch {
    Mismatch::new(&call.id, "no call at all", call.shown())
}
