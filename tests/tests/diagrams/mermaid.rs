//! The real Mermaid reads what is written for it, and reads the same.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::{hostile, large, partial, stories};

/// What Mermaid makes of these diagrams; none if there is no Mermaid.
fn understood(diagrams: &[String]) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mermaid");
    let node = Command::new("node").arg("--version").output();
    let installed = folder.join("node_modules/mermaid").is_dir();
    if !installed || !node.is_ok_and(|node| node.status.success()) {
        assert!(
            std::env::var_os("ASYNC_MECH_NEEDS_NODE").is_none(),
            "there is no node, or `npm ci` was not run in tests/mermaid"
        );
        println!("skipped: needs node, and `npm ci` in tests/mermaid");
        return None;
    }
    let mut child = Command::new("node")
        .arg("check.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let text = serde_json::to_string(diagrams).expect("texts are JSON");
    let writer = thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("node ends");
    writer.join().expect("it does not panic").expect("node reads all of it");
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).expect("it answers in JSON"))
}

/// The names and texts that we wrote.
fn written(diagram: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    for line in diagram.lines().skip(1).map(str::trim) {
        if let Some((_, name)) =
            line.strip_prefix("participant ").and_then(|it| it.split_once(" as "))
        {
            names.push(decoded(name));
        } else if diagram.starts_with("sequence") {
            texts.extend(line.split_once(": ").map(|(_, text)| decoded(text)));
        } else if let Some((_, rest)) = line.split_once('|') {
            texts.push(decoded(rest.split_once('|').expect("it ends").0.trim_matches('"')));
        } else if let Some((_, name)) = line.split_once('"') {
            names.push(decoded(name.split_once('"').expect("it ends").0));
        }
    }
    (names, texts)
}

fn decoded(text: &str) -> String {
    let mut pieces = text.split('#');
    let mut out = String::from(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (code, rest) = piece.split_once(';').expect("a code ends");
        out.push(code.parse().ok().and_then(char::from_u32).expect("it is a character"));
        out.push_str(rest);
    }
    out
}

fn sorted(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    // Mermaid trims them.
    let mut texts: Vec<_> = texts.into_iter().map(|text| text.trim().to_owned()).collect();
    texts.sort();
    texts
}

#[test]
fn mermaid_understands_what_was_meant() {
    let mut traces = stories::all();
    traces.extend(hostile::all());
    traces.extend(large::all());
    traces.extend(partial::some());
    let diagrams: Vec<String> = traces
        .iter()
        .flat_map(|trace| [trace.entities().mermaid(), trace.sequence().mermaid()])
        .collect();
    // One process for all: it takes seconds to start.
    let Some(answers) = understood(&diagrams) else { return };
    assert_eq!(answers.len(), diagrams.len());
    for (diagram, answer) in diagrams.iter().zip(answers) {
        assert!(answer.get("error").is_none(), "{answer:#}\n{diagram}");
        let list = |name: &str| -> Vec<String> {
            serde_json::from_value(answer[name].clone()).expect("a list of texts")
        };
        let (names, texts) = written(diagram);
        assert_eq!(sorted(list("names")), sorted(names), "{diagram}");
        assert_eq!(sorted(list("texts")), sorted(texts), "{diagram}");
    }
}
