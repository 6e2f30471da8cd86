//! What an execution has done so far, as the server's admin API shows it.

use serde::Deserialize;
use serde_json::Value;

use crate::admin::Admin;
use crate::patience::Failure;
use crate::recorded::Called;

/// What Restate has recorded that an execution asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// What it was invoked with.
    Input(Vec<u8>),
    Call(Called),
    /// Of that invocation.
    Cancel(String),
    /// What this crate does not ask for, or no longer, and its end.
    Other,
}

#[derive(Deserialize)]
struct Row {
    entry_json: Option<String>,
}

impl Admin {
    /// The commands of an invocation, in their order; none if there is no such journal.
    pub(crate) async fn commands(&self, invocation: &str) -> Result<Vec<Command>, Failure<String>> {
        let query = format!(
            "SELECT entry_json FROM sys_journal WHERE id = '{invocation}' \
             AND entry_type LIKE 'Command:%' ORDER BY index"
        );
        Ok(self.query::<Row>(&query).await?.iter().map(Row::command).collect())
    }

    /// The input of an invocation whose journal is there.
    pub(crate) async fn input(&self, invocation: &str) -> Result<Option<Vec<u8>>, Failure<String>> {
        let query =
            format!("SELECT entry_json FROM sys_journal WHERE id = '{invocation}' AND index = 0");
        match self.query::<Row>(&query).await?.first().map(Row::command) {
            Some(Command::Input(input)) => Ok(Some(input)),
            _ => Ok(None),
        }
    }
}

impl Row {
    fn command(&self) -> Command {
        let entry = self.entry_json.as_deref().unwrap_or_default();
        serde_json::from_str::<Value>(entry)
            .ok()
            .and_then(|entry| command(&entry["Command"]))
            .unwrap_or(Command::Other)
    }
}

fn command(command: &Value) -> Option<Command> {
    if let Some(input) = command.get("Input") {
        return Some(Command::Input(bytes(&input["payload"])?));
    }
    if let Some(request) = command.pointer("/Call/request") {
        let headers = request["headers"].as_array()?.iter();
        let headers = headers.map(|header| Some((text(&header["name"])?, text(&header["value"])?)));
        return Some(Command::Call(Called {
            handler: text(request.pointer("/invocation_target/Service/handler")?)?,
            args: bytes(&request["parameter"])?,
            key: text(&request["idempotency_key"]),
            headers: headers.collect::<Option<_>>()?,
        }));
    }
    let signal = command.get("SendSignal")?;
    // What the SDK's protocol calls the signal to cancel.
    (signal["signal_id"]["Index"] == 1)
        .then(|| text(&signal["target_invocation_id"]).map(Command::Cancel))?
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    value.as_array()?.iter().map(|byte| byte.as_u64()?.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &str) -> Command {
        Row { entry_json: Some(entry.to_owned()) }.command()
    }

    #[test]
    fn commands_are_read() {
        let input = r#"{"Command":{"Input":{"headers":[],"payload":[91,93],"name":""}}}"#;
        assert_eq!(read(input), Command::Input(b"[]".to_vec()));

        let call = r#"{"Command":{"Call":{"request":{"invocation_id":"inv_1","invocation_target":
            {"Service":{"name":"async_mech.default","handler":"double","scope":null}},
            "parameter":[91,49,93],"headers":[{"name":"x-async-mech-id","value":"r.0"}],
            "idempotency_key":"r.0"},"result_completion_id":2,"name":""}}}"#;
        let headers = vec![("x-async-mech-id".to_owned(), "r.0".to_owned())];
        let (handler, key) = ("double".to_owned(), Some("r.0".to_owned()));
        assert_eq!(
            read(call),
            Command::Call(Called { handler, args: b"[1]".to_vec(), key, headers })
        );

        let cancel = r#"{"Command":{"SendSignal":{"target_invocation_id":"inv_2",
            "signal_id":{"Index":1},"result":"Void","name":""}}}"#;
        assert_eq!(read(cancel), Command::Cancel("inv_2".to_owned()));
        assert_eq!(read(r#"{"Command":{"Output":{"result":{"Success":[]}}}}"#), Command::Other);
        assert_eq!(Row { entry_json: None }.command(), Command::Other);
    }
}
