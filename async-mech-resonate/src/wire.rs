//! What promises hold: calls, and how they ended, as JSON that nothing reformats on its way.

use std::sync::Arc;

use async_mech::durable::{Call, Failed, Kind, Settled};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use resonate_sdk::codec::{Codec, NoopEncryptor};
use resonate_sdk::types::{PromiseRecord, PromiseState, SettleState, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A call, in the form that Resonate's own libraries and its command line give one.
#[derive(Deserialize)]
struct Stored {
    func: String,
    args: Box<RawValue>,
}

#[derive(Serialize)]
struct Stores<'a> {
    func: &'a str,
    args: &'a RawValue,
}

/// Values go as base64 of their JSON. The SDK would parse and print it anew.
pub(crate) fn json(json: &str) -> Value {
    Value { headers: None, data: Some(BASE64.encode(json).into()) }
}

fn raw(value: &Value) -> Result<Box<RawValue>, String> {
    let codec = Codec::new(Arc::new(NoopEncryptor));
    let raw = codec.decode(value).map_err(|error| error.to_string())?;
    Ok(raw.unwrap_or_else(|| RawValue::NULL.to_owned()))
}

/// What a promise of that call holds.
pub(crate) fn param(call: &Call) -> Result<Value, String> {
    let args = std::str::from_utf8(&call.args).map_err(|error| error.to_string())?;
    let args = serde_json::from_str(args).map_err(|error| error.to_string())?;
    let stores = Stores { func: &call.function, args };
    Ok(json(&serde_json::to_string(&stores).map_err(|error| error.to_string())?))
}

/// The call that a promise is of.
pub(crate) fn call(promise: &PromiseRecord) -> Result<Call, String> {
    let Stored { func, args } =
        serde_json::from_str(raw(&promise.param)?.get()).map_err(|error| error.to_string())?;
    let args = String::from(Box::<str>::from(args)).into_bytes();
    Ok(Call::new(&promise.id, func, args))
}

/// The JSON itself.
pub(crate) fn json_of(value: &Value) -> Option<String> {
    raw(value).ok().map(|raw| raw.get().to_owned())
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> Option<String> {
    serde_json::from_str(raw(value).ok()?.get()).ok()
}

/// How a promise is settled with that.
pub(crate) fn settle(settled: &Settled) -> (SettleState, Value) {
    match settled {
        Ok(value) => (SettleState::Resolved, json(&String::from_utf8_lossy(value))),
        Err(failed) => {
            let failed = serde_json::to_string(failed).expect("strings");
            (SettleState::Rejected, json(&failed))
        }
    }
}

/// How a promise, which is not pending, was settled.
pub(crate) fn settled(promise: &PromiseRecord) -> Settled {
    let function = || call(promise).map_or_else(|_| promise.id.clone(), |call| call.function);
    let failed = |kind, message: String| Err(Failed::new(kind, function(), message));
    match promise.state {
        PromiseState::Resolved => match raw(&promise.value) {
            Ok(value) => Ok(String::from(Box::<str>::from(value)).into_bytes()),
            Err(error) => failed(
                Kind::Failed,
                format!("the value of the promise `{}` is no JSON: {error}", promise.id),
            ),
        },
        PromiseState::Rejected => match raw(&promise.value) {
            Ok(value) => match serde_json::from_str(value.get()) {
                Ok(failed) => Err(failed),
                // By something else than async-mech.
                Err(_) => failed(Kind::Failed, value.get().to_owned()),
            },
            Err(error) => failed(Kind::Failed, error),
        },
        PromiseState::RejectedCanceled => failed(Kind::Cancelled, String::new()),
        PromiseState::RejectedTimedout => failed(
            Kind::Failed,
            format!(
                "the promise `{}` was not settled in time: it timed out {} s after it was created",
                promise.id,
                promise.timeout_at.saturating_sub(promise.created_at) / 1000
            ),
        ),
        PromiseState::Pending => failed(
            Kind::Failed,
            format!("the server says that the promise `{}` is settled, and pending", promise.id),
        ),
    }
}
