//! What one run of a durable execution has invoked, as the SDK's futures.
//!
//! The SDK sends what it has collected when a future of its is polled, and at no other time; a future
//! that was polled and left pending may miss what another one has read meanwhile. So nothing is
//! polled but what is awaited to its end. A call is sent by awaiting its invocation id: that of the
//! newest call stands for all before it, since Restate gives ids in the order of the calls. And so
//! the SDK has read as far, when it is asked who is first, at each run.

use std::collections::HashMap;
use std::pin::Pin;

use async_mech::durable::{Failed, Settled};
use restate_sdk::context::CallFuture;
use restate_sdk::endpoint::ContextInternal;
use restate_sdk::errors::TerminalError;

use crate::wire;

/// The execution is cancelled.
#[derive(Debug)]
pub(crate) struct Cancelled;

enum Child<C> {
    Called { function: String, call: Pin<Box<C>> },
    Settled(Settled),
}

/// See the module.
pub(crate) struct Children<C> {
    by_id: HashMap<String, Child<C>>,
    /// The last that was called, if it may not have been sent.
    unsent: Option<String>,
}

impl<C: CallFuture<Response = Vec<u8>>> Children<C> {
    pub(crate) fn new() -> Children<C> {
        Children { by_id: HashMap::new(), unsent: None }
    }

    pub(crate) fn called(&mut self, id: String, function: String, call: C) {
        self.unsent = Some(id.clone());
        self.by_id.insert(id, Child::Called { function, call: Box::pin(call) });
    }

    pub(crate) fn failed(&mut self, id: String, failed: Failed) {
        self.by_id.insert(id, Child::Settled(Err(failed)));
    }

    /// Sees to it that Restate has all calls.
    pub(crate) async fn send(&mut self) -> Result<(), Cancelled> {
        let Some(id) = self.unsent.take() else { return Ok(()) };
        match &self.by_id[&id] {
            Child::Called { call, .. } => invocation(call.as_ref()).await.map(drop),
            Child::Settled(_) => Ok(()),
        }
    }

    /// The outcome, whenever it is there.
    pub(crate) async fn wait(&mut self, id: &str) -> Result<Settled, Cancelled> {
        self.send().await?;
        let child = self.by_id.get_mut(id).expect("only what was invoked is awaited");
        let settled = match child {
            Child::Settled(settled) => return Ok(settled.clone()),
            Child::Called { function, call } => match call.as_mut().await {
                Ok(value) => Ok(value),
                Err(error) => {
                    let error = own(error)?;
                    Err(wire::failed(error.code(), error.message(), function).0)
                }
            },
        };
        *child = Child::Settled(settled.clone());
        Ok(settled)
    }

    /// The place of the one that was settled first.
    pub(crate) async fn select(
        &mut self,
        ctx: &ContextInternal,
        ids: &[String],
    ) -> Result<usize, Cancelled> {
        self.send().await?;
        let mut handles = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            match &self.by_id[id] {
                Child::Settled(_) => return Ok(place),
                Child::Called { call, .. } => handles.push(call.handle()),
            }
        }
        ctx.select(handles).await.map_err(|_| Cancelled)
    }

    /// Cancels it, if it may run.
    pub(crate) async fn cancel(
        &mut self,
        ctx: &ContextInternal,
        id: &str,
    ) -> Result<(), Cancelled> {
        self.send().await?;
        if let Some(Child::Called { call, .. }) = self.by_id.get(id) {
            let invocation = invocation(call.as_ref()).await?;
            ctx.cancel_invocation(&invocation);
        }
        Ok(())
    }
}

/// Its invocation id.
async fn invocation<C: CallFuture>(call: Pin<&C>) -> Result<String, Cancelled> {
    let handle = call.invocation_handle().await.map_err(|_| Cancelled)?;
    Ok(handle.invocation_id().to_owned())
}

/// A child's failure; not that of the execution itself, which the SDK says in these words. A
/// child that Restate has cancelled is "canceled".
fn own(error: TerminalError) -> Result<TerminalError, Cancelled> {
    match (error.code(), error.message()) {
        (409, "cancelled") => Err(Cancelled),
        _ => Ok(error),
    }
}
