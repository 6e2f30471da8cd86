//! Root executions: creating them, and hearing how they end.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use async_mech::durable::{Call, Engine, Failed, Kind, Settle};
use async_mech_bridge::Runtime;
use resonate_sdk::types::PromiseState;
use tokio::time::timeout;

use crate::cancel;
use crate::execution::not_a_call;
use crate::server::Refusal;
use crate::shared::Shared;
use crate::waiting::Waiting;
use crate::wire;

/// How long an invocation, and the start, wait for a server that is away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// How long closing waits for the server.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection. Dropped, it stops: what runs in this process is taken away.
pub(crate) struct Resonate {
    pub(crate) shared: Arc<Shared>,
    pub(crate) runtime: Runtime,
}

impl Engine for Resonate {
    fn start(&self, call: Call, settle: Settle) -> Result<(), Box<dyn StdError + Send + Sync>> {
        let shared = Arc::clone(&self.shared);
        self.runtime.run(async move {
            let promise = shared.server.create(&call, PATIENCE).await.map_err(|refusal| {
                let (url, shown, id) = (&shared.server.url, call.shown(), &call.id);
                format!(
                    "cannot start `{shown}` as `{id}` on the Resonate server at {url}: {refusal}"
                )
            })?;
            match wire::call(&promise) {
                Ok(before) => call.matches(&before)?,
                Err(_) => return Err(not_a_call(&call).into()),
            }
            let mut waiting = Waiting::new(Arc::clone(&shared));
            if waiting.note(promise) {
                settle.settle(taken(&mut waiting, &call));
            } else {
                tokio::spawn(async move {
                    match waiting.first(std::slice::from_ref(&call.id), None).await {
                        Ok(_) => settle.settle(taken(&mut waiting, &call)),
                        Err(refusal) => settle.settle(Err(not_heard(&shared, &call, &refusal))),
                    }
                });
            }
            Ok(())
        })?
    }

    fn cancel(&self, id: &str) {
        let (shared, id) = (Arc::clone(&self.shared), id.to_owned());
        self.runtime.handle().spawn(async move {
            match shared.server.cancel(&id).await {
                Ok(promise) if promise.state == PromiseState::RejectedCanceled => {
                    cancel::down(shared, id).await;
                }
                Ok(_) | Err(Refusal::Unknown) => {}
                Err(refusal) => eprintln!(
                    "async-mech: cannot cancel `{id}` on the Resonate server at {}: {refusal}",
                    shared.server.url
                ),
            }
        });
    }
}

impl Drop for Resonate {
    /// Other workers go on at once with what is given back in time.
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let _ = self.runtime.run(async move {
            shared.server.hang_up().await;
            shared.stopped.send_replace(true);
            let mut tasks = shared.tasks.subscribe();
            let _ = timeout(FAREWELL, tasks.wait_for(|tasks| *tasks == 0)).await;
        });
    }
}

fn taken(waiting: &mut Waiting, call: &Call) -> async_mech::durable::Settled {
    wire::settled(&waiting.take(&call.id).expect("it has just been settled"))
}

fn not_heard(shared: &Shared, call: &Call, refusal: &Refusal) -> Failed {
    let (url, id) = (&shared.server.url, &call.id);
    let message =
        format!("cannot hear how `{id}` ends from the Resonate server at {url}: {refusal}");
    Failed::new(Kind::Failed, call.function.clone(), message)
}
