//! What this crate calls things on Restate, and what it sends: names, ids, arguments and outcomes.

use std::borrow::Cow;
use std::fmt::Write;

use async_mech::durable::{Call, Failed, Kind, Mismatch, Settled};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use restate_sdk::errors::TerminalError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The handler that runs roots, whatever their function: Restate's idempotency keys are counted by
/// handler, and the ids of roots are not counted by function.
pub(crate) const ROOT: &str = "root";

/// The header with the promise's id.
pub(crate) const ID: &str = "x-async-mech-id";

/// What Restate takes in one message, less what is around it.
pub(crate) const LONGEST: usize = (32 << 20) - (64 << 10);

/// The service of a group.
pub(crate) fn service(group: &str) -> String {
    format!("async_mech.{group}")
}

/// The handler of a function: its name, if Restate takes that and it is no other handler's.
pub(crate) fn handler(function: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = function.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let taken = function == ROOT || function.starts_with("fn_");
    if begins && !taken && function.bytes().all(plain) {
        return function.to_owned();
    }
    function.bytes().fold("fn_".to_owned(), |mut name, byte| {
        match byte.is_ascii_alphanumeric() {
            true => name.push(byte.into()),
            false => write!(name, "_{byte:02x}").expect("a string takes all"),
        }
        name
    })
}

/// The function of a handler, for messages.
pub(crate) fn function(handler: &str) -> String {
    let Some(name) = handler.strip_prefix("fn_") else { return handler.to_owned() };
    id(&name.replace('_', "%"))
}

/// Ids go into headers, and into SQL.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b'\'').add(b'"').add(b'\\');

/// An id as key and header.
pub(crate) fn key(id: &str) -> String {
    utf8_percent_encode(id, UNSAFE).to_string()
}

/// And back.
pub(crate) fn id(key: &str) -> String {
    percent_decode_str(key).decode_utf8_lossy().into_owned()
}

/// What a root is invoked with.
#[derive(Serialize, Deserialize)]
pub(crate) struct Root<'a> {
    #[serde(borrow)]
    pub(crate) function: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) args: &'a RawValue,
}

impl Root<'_> {
    pub(crate) fn encode(call: &Call) -> Result<Vec<u8>, serde_json::Error> {
        let args = serde_json::from_slice(&call.args)?;
        serde_json::to_vec(&Root { function: Cow::Borrowed(&call.function), args })
    }

    pub(crate) fn decode(id: &str, input: &[u8]) -> Result<Call, serde_json::Error> {
        let Root { function, args } = serde_json::from_slice(input)?;
        let args = args.get().as_bytes().to_vec();
        Ok(Call::new(id, function, args))
    }
}

/// Enough of a call to know it again, and to say what it was. It is kept with a root's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    shown: String,
    digest: String,
}

impl Stamp {
    pub(crate) fn of(call: &Call) -> Stamp {
        let mut hash = Sha256::new();
        hash.update(&call.function);
        hash.update([0]);
        hash.update(&call.args);
        let digest = hash.finalize().iter().take(16).fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a string takes all");
            hex
        });
        Stamp { shown: call.shown(), digest }
    }

    /// Whether this is the stamp of the call.
    pub(crate) fn matches(&self, call: &Call) -> Result<(), Mismatch> {
        if self.digest == Stamp::of(call).digest {
            return Ok(());
        }
        Err(Mismatch::new(&call.id, &self.shown, call.shown()))
    }
}

/// A root's value.
#[derive(Serialize, Deserialize)]
struct Value<'a> {
    call: Stamp,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// A failure; a root's has its stamp.
#[derive(Serialize, Deserialize)]
struct Failure {
    #[serde(flatten)]
    failed: Failed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    call: Option<Stamp>,
}

/// What the handler of a function returns. `root` is the stamp of a root.
pub(crate) fn encode(
    settled: Settled,
    function: &str,
    root: Option<Stamp>,
) -> Result<Vec<u8>, TerminalError> {
    let value = settled.and_then(|value| {
        if value.len() <= LONGEST {
            return Ok(value);
        }
        let message = format!("its value has {} bytes, and {LONGEST} go", value.len());
        Err(Failed::new(Kind::Failed, function, message))
    });
    match (value, root) {
        (Ok(value), None) => Ok(value),
        (Ok(value), Some(call)) => {
            let value = serde_json::from_slice(&value).expect("a value is JSON");
            Ok(serde_json::to_vec(&Value { call, value }).expect("strings and JSON are JSON"))
        }
        (Err(mut failed), call) => {
            /// Of a message: enough for people.
            const LONGEST: usize = 1 << 20;
            if failed.message.len() > LONGEST {
                failed.message = failed.message.chars().take(LONGEST).chain("..".chars()).collect();
            }
            let code = if failed.kind == Kind::Cancelled { 409 } else { 500 };
            let failure = serde_json::to_string(&Failure { failed, call });
            Err(TerminalError::new_with_code(code, failure.expect("strings are JSON")))
        }
    }
}

/// A failure as Restate gives it back: ours, or one of its own.
pub(crate) fn failed(code: u16, message: &str, function: &str) -> (Failed, Option<Stamp>) {
    if let Ok(Failure { failed, call }) = serde_json::from_str(message) {
        return (failed, call);
    }
    let kind = if code == 409 { Kind::Cancelled } else { Kind::Failed };
    (Failed::new(kind, function, message), None)
}

/// What a root's handler has returned, and the stamp in it.
pub(crate) fn value(output: &[u8]) -> Result<(Vec<u8>, Stamp), serde_json::Error> {
    let Value { call, value } = serde_json::from_slice(output)?;
    Ok((value.get().as_bytes().to_vec(), call))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_of_different_functions_differ() {
        let names = ["f", "root", "fn_root", "fn_f", "a b", "a_20b", "größe", "Type::f", "_f", "1"];
        for name in names {
            assert_eq!(function(&handler(name)), name);
        }
        let mut handlers: Vec<String> = names.iter().map(|name| handler(name)).collect();
        assert_eq!(handlers[0], "f");
        assert!(
            handlers
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        );
        handlers.sort();
        handlers.dedup();
        assert_eq!(handlers.len(), names.len());
        assert!(!handlers.iter().any(|name| name == ROOT));
    }

    #[test]
    fn ids_come_back_from_keys() {
        for name in ["a-1", "größe '1'", "50%", "a\nb", "user:42/x"] {
            assert_eq!(id(&key(name)), name);
            assert!(key(name).bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\''));
        }
        assert_eq!(key("user:42/x"), "user:42/x");
    }

    #[test]
    fn outcomes_come_back() {
        let call = Call::new("x", "f", b"[1]".to_vec());
        let output = encode(Ok(b"{\"a\": 1}".to_vec()), "f", Some(Stamp::of(&call))).unwrap();
        let (json, stamp) = value(&output).unwrap();
        assert_eq!(json, b"{\"a\": 1}");
        assert!(stamp.matches(&call).is_ok());
        let other = Call::new("x", "f", b"[2]".to_vec());
        assert_eq!(stamp.matches(&other).unwrap_err().was, "f(1)");

        let panicked = Failed::new(Kind::Panicked, "f", "no \"luck\"");
        let error = encode(Err(panicked.clone()), "f", Some(Stamp::of(&call))).unwrap_err();
        let (back, stamp) = failed(error.code(), error.message(), "f");
        assert_eq!((back, stamp), (panicked, Some(Stamp::of(&call))));
        assert_eq!(failed(409, "killed", "f").0, Failed::new(Kind::Cancelled, "f", "killed"));
    }

    #[test]
    fn a_root_comes_back() {
        let call = Call::new("x", "f\"", b"[1, 2]".to_vec());
        assert_eq!(Root::decode("x", &Root::encode(&call).unwrap()).unwrap(), call);
    }
}
