//! Taking the tasks of a group.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_mech::durable::{self, Call, Failed, Kind};
use async_mech_bridge::Body;
use resonate_sdk::types::{PromiseRecord, PromiseState};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::cancel;
use crate::execution::{Execution, Left};
use crate::server::Lease;
use crate::shared::Shared;
use crate::wire;

/// How long a task rests here that this program has no function for.
const REST: Duration = Duration::from_secs(1);

/// The server offers a task.
pub(crate) async fn offered(shared: Arc<Shared>, id: String, version: i64) {
    let offer = (id, version);
    if !shared.queued.lock().unwrap_or_else(PoisonError::into_inner).insert(offer.clone()) {
        return;
    }
    let place = Arc::clone(&shared.places).acquire_owned().await;
    shared.queued.lock().unwrap_or_else(PoisonError::into_inner).remove(&offer);
    let Ok(place) = place else { return };
    let _counted = Counted::new(&shared.tasks);
    let mut stopped = shared.stopped.subscribe();
    if *stopped.borrow() {
        return;
    }
    // Otherwise somebody else has it, and if not, it will be offered again.
    let Ok((lease, promise)) = shared.server.acquire(&offer.0, offer.1).await else { return };

    let call = match wire::call(&promise) {
        Ok(call) => call,
        Err(error) => {
            let message = format!("the promise is of no call that async-mech knows: {error}");
            let failed = Failed::new(Kind::Failed, promise.id, message);
            let _ = shared.server.fulfill(&lease, &Err(failed)).await;
            return;
        }
    };
    let Some(function) = durable::function(&call.function) else {
        drop(place);
        return unknown(&shared, &lease, &call).await;
    };
    let mut body = Body::start(function, &call.id, call.args);
    let lease = Lease { function: call.function, ..lease };
    let mut execution = Execution::new(Arc::clone(&shared), lease.clone(), place);
    let left = tokio::select! {
        left = execution.serve(&mut body) => left,
        left = hold(&shared, &lease) => left,
        _ = stopped.wait_for(|stopped| *stopped) => Left::Stopped,
    };
    drop((body, execution));
    match left {
        Left::Given => {}
        Left::Stopped => drop(shared.server.release(&lease).await),
        Left::Lost => lost(&shared, lease).await,
        Left::Refused(why) => eprintln!(
            "async-mech: `{}`, of `{}`, cannot go on here: {why} ({})",
            lease.id, lease.function, shared.server.url
        ),
    }
}

/// Counts until it is dropped.
struct Counted<'a>(&'a watch::Sender<usize>);

impl Counted<'_> {
    fn new(count: &watch::Sender<usize>) -> Counted<'_> {
        count.send_modify(|count| *count += 1);
        Counted(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Prolongs the lease until it is over.
async fn hold(shared: &Shared, lease: &Lease) -> Left {
    loop {
        sleep(shared.server.lease / 3).await;
        match shared.server.prolong(lease).await {
            Ok(true) => {}
            Ok(false) => return Left::Lost,
            Err(refusal) => return refusal.into(),
        }
    }
}

/// If it has been cancelled, what it invoked is as well.
async fn lost(shared: &Arc<Shared>, lease: Lease) {
    use PromiseState::{RejectedCanceled, RejectedTimedout};
    let promise = shared.server.promise(&lease.id).await;
    if let Ok(PromiseRecord { state: RejectedCanceled | RejectedTimedout, .. }) = promise {
        cancel::down(Arc::clone(shared), lease.id).await;
    }
}

/// This program does not have the function: another one of the group may.
async fn unknown(shared: &Shared, lease: &Lease, call: &Call) {
    let function = call.function.clone();
    let is_new = shared.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(function);
    if is_new {
        eprintln!(
            "async-mech: there is no durable function `{}` in this program, which takes the tasks of \
             the Resonate group `{}`: `{}` is left to another worker of the group",
            call.function, shared.group, call.id
        );
    }
    sleep(REST.min(shared.server.lease / 2)).await;
    let _ = shared.server.release(lease).await;
}
