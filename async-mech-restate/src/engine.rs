//! Restate as an engine of durable functions.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_mech::durable::{Call, Engine, Failed, Kind, Settle, Settled};
use async_mech_bridge::Runtime;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::admin::Admin;
use crate::error::Trouble;
use crate::ingress::{Ended, Ingress};
use crate::patience::{Failure, Pauses, patiently};
use crate::wire::{self, Root};

type BoxError = Box<dyn StdError + Send + Sync>;

/// A connection to Restate. Dropped, it takes its runtime with it, and with that the endpoint, and
/// the executions that run here.
pub(crate) struct Restate {
    client: Arc<Client>,
    runtime: Runtime,
}

/// What tasks share with the engine.
pub(crate) struct Client {
    ingress: Ingress,
    admin: Arc<Admin>,
    service: String,
    /// The invocations of roots that are awaited here, by promise.
    invocations: Mutex<HashMap<String, String>>,
    /// Those who hold a connection until the answer is there; the others ask now and then.
    attached: Semaphore,
}

impl Client {
    pub(crate) fn new(ingress: Ingress, admin: Arc<Admin>, service: String) -> Client {
        /// A connection is an open file.
        const CONNECTIONS: usize = 128;
        let attached = Semaphore::new(CONNECTIONS);
        Client { ingress, admin, service, invocations: Mutex::default(), attached }
    }
}

impl Restate {
    pub(crate) fn new(client: Client, runtime: Runtime) -> Restate {
        Restate { client: Arc::new(client), runtime }
    }
}

impl Engine for Restate {
    fn start(&self, call: Call, settle: Settle) -> Result<(), BoxError> {
        let client = Arc::clone(&self.client);
        self.runtime.run(async move { client.start(call, settle).await })?
    }

    fn cancel(&self, id: &str) {
        let (client, id) = (Arc::clone(&self.client), id.to_owned());
        self.runtime.handle().spawn(async move {
            let _ = patiently(|| client.cancel(&id)).await;
        });
    }
}

impl Client {
    async fn start(self: Arc<Self>, call: Call, settle: Settle) -> Result<(), BoxError> {
        let (invocation, before) = self.ingress.send(&call).await?;
        let known = if before { self.known(&invocation, &call).await? } else { None };
        if let Some(settled) = known {
            tell(settle, settled);
            return Ok(());
        }
        self.invocations().insert(call.id.clone(), invocation.clone());
        tokio::spawn(async move {
            let settled = self.follow(&invocation, &call).await;
            self.invocations().remove(&call.id);
            tell(settle, settled);
        });
        Ok(())
    }

    /// The id was known: whether it was of the same call, and how that has ended, if it has. While it
    /// runs, the call is in the journal, which the admin API shows; afterwards it is with the outcome.
    /// If neither can be had now, `follow` compares.
    async fn known(&self, invocation: &str, call: &Call) -> Result<Option<Settled>, BoxError> {
        if let Ok(Some(Ended { settled, stamp })) =
            self.ingress.output(invocation, &call.function).await
        {
            stamp.map_or(Ok(()), |stamp| stamp.matches(call))?;
            return Ok(Some(settled));
        }
        if let Ok(Some(before)) = self.journalled(invocation, &call.id).await {
            call.matches(&before)?;
        }
        Ok(None)
    }

    /// What a running root was invoked with.
    async fn journalled(&self, invocation: &str, id: &str) -> Result<Option<Call>, String> {
        let input = self.admin.input(invocation).await.map_err(Failure::into_inner)?;
        input.map(|input| Root::decode(id, &input).map_err(|error| error.to_string())).transpose()
    }

    /// Waits for the outcome, however long the server is away meanwhile.
    async fn follow(&self, invocation: &str, call: &Call) -> Settled {
        /// What a server that has just started says need not last.
        const REFUSALS: u32 = 10;
        let (mut pauses, mut refusals) = (Pauses::new(), 0);
        loop {
            let ended = match self.attached.try_acquire() {
                Ok(_attached) => self.ingress.attach(invocation, &call.function).await.map(Some),
                Err(_) => {
                    sleep(Duration::from_secs(1)).await;
                    self.ingress.output(invocation, &call.function).await
                }
            };
            match ended {
                Ok(Some(Ended { settled, stamp })) => {
                    if let Some(Err(mismatch)) = stamp.map(|stamp| stamp.matches(call)) {
                        let message = mismatch.to_string();
                        return Err(Failed::new(Kind::Failed, &call.function, message));
                    }
                    return settled;
                }
                Ok(None) => (pauses, refusals) = (Pauses::new(), 0),
                Err(Failure::Passing(_)) => pauses.pause().await,
                Err(Failure::Lasting(_)) if refusals < REFUSALS => {
                    refusals += 1;
                    pauses.pause().await;
                }
                Err(Failure::Lasting(message)) => {
                    return Err(Failed::new(Kind::Failed, &call.function, message));
                }
            }
        }
    }

    async fn cancel(&self, id: &str) -> Result<(), Failure<Trouble>> {
        let cannot = |failure: Failure<String>| {
            failure.map(|why| Trouble::new(format_args!("cannot cancel `{id}` on Restate"), why))
        };
        let here = self.invocations().get(id).cloned();
        let invocations = match here {
            Some(invocation) => vec![invocation],
            None => self.admin.invocations(&self.service, &wire::key(id)).await.map_err(cannot)?,
        };
        for invocation in invocations {
            self.admin.cancel(&invocation).await.map_err(cannot)?;
        }
        Ok(())
    }

    fn invocations(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who hears of it may run for long, and the runtime's threads are few.
fn tell(settle: Settle, settled: Settled) {
    tokio::task::spawn_blocking(move || settle.settle(settled));
}
