//! One run of a durable execution on this worker: its body asks, and Restate answers.

use async_mech::durable::{Call, Failed, Kind, Settled};
use async_mech_bridge::{Body, Request};
use futures_util::FutureExt;
use restate_sdk::context::{CallFuture, RequestTarget};
use restate_sdk::endpoint::ContextInternal;

use crate::children::{Cancelled, Children};
use crate::wire;

/// How a run has ended, if Restate has not taken the execution away.
pub(crate) enum End {
    Settled(Settled),
    /// The execution is cancelled.
    Cancelled,
    /// The body's thread has gone, and said nothing.
    Lost,
}

impl From<Cancelled> for End {
    fn from(_: Cancelled) -> End {
        End::Cancelled
    }
}

/// Runs it. Dropped meanwhile, it drops the body, which unwinds.
pub(crate) async fn run(ctx: &ContextInternal, body: Body) -> End {
    let call = |call: Call| {
        let target = RequestTarget::service(ctx.service_name(), wire::handler(&call.function));
        let key = wire::key(&call.id);
        let headers = vec![(wire::ID.to_owned(), key.clone())];
        ctx.call::<Vec<u8>, Vec<u8>>(target, Some(key), None, None, headers, call.args)
    };
    match answer(ctx, body, call).await {
        Ok(end) | Err(end) => end,
    }
}

async fn answer<C: CallFuture<Response = Vec<u8>>>(
    ctx: &ContextInternal,
    mut body: Body,
    call: impl Fn(Call) -> C,
) -> Result<End, End> {
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
        match request {
            None => return Err(End::Lost),
            Some(Request::Invoke(next)) => {
                let (id, function) = (next.id.clone(), next.function.clone());
                match refusal(&next) {
                    Some(failed) => children.failed(id, failed),
                    None => children.called(id, function, call(next)),
                }
            }
            Some(Request::Wait(id, answer)) => answer.give(children.wait(&id).await?),
            Some(Request::Select(ids, answer)) => answer.give(children.select(ctx, &ids).await?),
            Some(Request::Cancel(id)) => children.cancel(ctx, &id).await?,
            Some(Request::End(settled)) => return Ok(End::Settled(settled)),
        }
    }
}

/// Why a call is not handed to Restate: it would try for ever.
fn refusal(call: &Call) -> Option<Failed> {
    let length = call.args.len();
    (length > wire::LONGEST).then(|| {
        let longest = wire::LONGEST;
        let message = format!("its arguments have {length} bytes, and {longest} go");
        Failed::new(Kind::Failed, &call.function, message)
    })
}
