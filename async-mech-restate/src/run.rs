//! One run of a durable execution on this worker: its body asks, and Restate answers.

use async_mech::durable::{Call, Failed, Kind, Settled};
use async_mech_bridge::{Body, Request};
use futures_util::FutureExt;
use restate_sdk::context::CallFuture;
use restate_sdk::endpoint::ContextInternal;

use crate::children::{Cancelled, Children};
use crate::recorded::{Called, Recorded, stopped, stopped_at};
use crate::wire;

/// How a run has ended, if Restate has not taken the execution away.
pub(crate) enum End {
    Settled(Settled),
    /// The execution is cancelled.
    Cancelled,
    /// It has asked for something else than before, and the SDK has stopped.
    Diverged,
    /// The body's thread has gone, and said nothing.
    Lost,
}

impl From<Cancelled> for End {
    fn from(_: Cancelled) -> End {
        End::Cancelled
    }
}

/// Runs it. Dropped meanwhile, it drops the body, which unwinds.
pub(crate) async fn run(ctx: &ContextInternal, body: Body, recorded: &mut Recorded) -> End {
    let make = |call: &Call| Called::of(call).make(ctx);
    match answer(ctx, body, recorded, make).await {
        Ok(settled) => End::Settled(settled),
        Err(end) => end,
    }
}

async fn answer<C: CallFuture<Response = Vec<u8>>>(
    ctx: &ContextInternal,
    mut body: Body,
    recorded: &mut Recorded,
    make: impl Fn(&Call) -> C,
) -> Result<Settled, End> {
    let mut children = Children::new();
    loop {
        let request = match body.next().now_or_never() {
            Some(request) => request,
            // It computes: what it has invoked is not to wait for that.
            None => {
                children.send().await?;
                body.next().await
            }
        };
        match request.ok_or(End::Lost)? {
            Request::Invoke(call) => match refusal(&call, recorded, ctx) {
                Err(failed) => children.failed(call.id, failed),
                Ok(()) => {
                    let made = make(&call);
                    if stopped_at(&made) {
                        return Err(End::Diverged);
                    }
                    children.called(call.id, call.function, made);
                }
            },
            Request::Wait(id, answer) => answer.give(children.wait(&id).await?),
            Request::Select(ids, answer) => answer.give(children.select(ctx, &ids).await?),
            Request::Cancel(id) => {
                if recorded.cancelled(ctx) {
                    children.cancel(ctx, &id).await?;
                    if stopped(ctx) {
                        return Err(End::Diverged);
                    }
                }
            }
            Request::End(settled) => return Ok(settled),
        }
    }
}

/// Why a call is not made: it is not the one that was, or Restate would try for ever.
fn refusal(call: &Call, recorded: &mut Recorded, ctx: &ContextInternal) -> Result<(), Failed> {
    let length = call.args.len();
    if length > wire::LONGEST {
        let message = format!("its arguments have {length} bytes, and {} go", wire::LONGEST);
        return Err(Failed::new(Kind::Failed, &call.function, message));
    }
    recorded.invoked(ctx, call)
}
