//! What `cargo check` or `cargo clippy` says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The messages of one run.
#[derive(Default)]
pub(crate) struct Messages {
    pub(crate) errors: Vec<Message>,
    /// Each once: a library and its unit tests say the same.
    pub(crate) warnings: BTreeSet<Message>,
}

/// An error or a warning.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    /// The lint or the error's number.
    pub(crate) code: String,
    pub(crate) text: String,
    /// As people read it.
    pub(crate) rendered: String,
    /// Files, from the directory on, and lines that it is about: also those that a macro was called
    /// at.
    pub(crate) places: Vec<(PathBuf, usize)>,
}

/// Checks the library, its unit tests and its integration tests.
pub(crate) fn check(command: &str, directory: &Path, args: &[String]) -> Result<Messages, String> {
    let output = Command::new("cargo")
        .args([command, "--lib", "--tests", "--message-format=json"])
        .args(args)
        .current_dir(directory)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let values = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut messages = Messages::default();
    for value in values.filter(|value| value["reason"] == "compiler-message") {
        let message = Message::read(&value["message"]);
        match value["message"]["level"].as_str() {
            // The sum of all others has no place.
            _ if message.places.is_empty() => {}
            Some("warning") => drop(messages.warnings.insert(message)),
            Some(level) if level.starts_with("error") => messages.errors.push(message),
            _ => {}
        }
    }
    if !output.status.success() && messages.errors.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(messages)
}

impl Message {
    fn read(message: &Value) -> Message {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut places = Vec::new();
        for span in message["spans"].as_array().into_iter().flatten() {
            if span["is_primary"] == true {
                add_places(span, &mut places);
            }
        }
        Message {
            code: text(&message["code"]["code"]),
            text: text(&message["message"]),
            rendered: text(&message["rendered"]),
            places,
        }
    }
}

fn add_places(span: &Value, places: &mut Vec<(PathBuf, usize)>) {
    if let (Some(file), Some(line)) = (span["file_name"].as_str(), span["line_start"].as_u64()) {
        places.push((PathBuf::from(file), line as usize));
    }
    let outer = &span["expansion"]["span"];
    if outer.is_object() {
        add_places(outer, places);
    }
}
