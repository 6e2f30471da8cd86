//! Mermaid's texts, and what the real Mermaid makes of them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tests_durable_trace::{local, midst, whole};

use crate::{assert_local, ids, remote};

#[test]
fn participants_on_the_engine_are_framed() {
    let trace = whole();
    let text = trace.sequence().mermaid();
    let charge = remote(&trace, "charge").as_u64();
    let participant = format!(
        "    box rgba(57,164,172,0.25)\n    participant E{charge} as #35;{charge} charge<br/>on the \
         engine as order#45;7.1\n    end\n"
    );
    assert!(text.contains(&participant), "{text}");
    let checkout = ids(&trace, "checkout")[0].as_u64();
    let alias = format!("#35;{checkout} checkout(items = 4)<br/>durable as order#45;7\n");
    assert!(text.contains(&format!("    participant E{checkout} as {alias}")), "{text}");

    let mut rest = &*text;
    for step in [
        format!("E{checkout}->>EL: invoke #35;{charge} charge\n"),
        format!("EL->>E{charge}: run on the engine\n    activate E{charge}\n"),
        format!("E{checkout}->>EL: await #35;{charge}\n"),
        format!("E{charge}->>EL: complete with 1042\n    deactivate E{charge}\n"),
        format!("EL-->>E{checkout}: return 1042\n"),
    ] {
        let (_, after) = rest.split_once(&*step).unwrap_or_else(|| panic!("no {step} in {text}"));
        rest = after;
    }
    let mail = remote(&trace, "mail").as_u64();
    assert!(text.contains(&format!("E{mail}-xEL: panicked")), "{text}");
    // The engine does not say so: nobody here asks it any more.
    let audit = remote(&trace, "audit").as_u64();
    assert!(text.contains(&format!("EL--xE{audit}: was abandoned")), "{text}");
}

#[test]
fn entities_on_the_engine_have_a_double_outline() {
    let trace = whole();
    let text = trace.entities().mermaid();
    let (charge, checkout) =
        (remote(&trace, "charge").as_u64(), ids(&trace, "checkout")[0].as_u64());
    let name = format!("#35;{charge} charge<br/>on the engine as order#45;7.1");
    for line in [
        format!("    E{charge}[[\"{name}\"]]:::remote\n"),
        format!("    P{charge}([\"promise #35;{charge}: 1042\"]):::completed\n"),
        format!("    E{checkout} -->|\"invoke\"| E{charge}\n"),
        format!("    E{checkout} -.->|\"await\"| P{charge}\n"),
        "    classDef remote ".into(),
        "checkout(items = 4)<br/>durable as order#45;7\"]:::execution\n".into(),
    ] {
        assert!(text.contains(&line), "{line} in {text}");
    }
}

#[test]
fn nothing_of_it_is_written_of_a_local_run() {
    let trace = local();
    assert_local(&trace.entities().mermaid());
    assert_local(&trace.sequence().mermaid());
}

/// What Mermaid makes of these diagrams; none if there is no Mermaid.
pub(crate) fn understood(diagrams: &[String]) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mermaid");
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
    let text = serde_json::to_string(diagrams).expect("texts are JSON");
    child.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("node reads it");
    let output = child.wait_with_output().expect("node ends");
    Some(serde_json::from_slice(&output.stdout).expect("it answers in JSON"))
}

#[test]
fn mermaid_understands_it() {
    let traces = [whole(), midst()];
    let diagrams: Vec<String> = traces
        .iter()
        .flat_map(|trace| [trace.entities().mermaid(), trace.sequence().mermaid()])
        .collect();
    let Some(answers) = understood(&diagrams) else { return };
    assert_eq!(answers.len(), diagrams.len());
    for (diagram, answer) in diagrams.iter().zip(answers) {
        assert!(answer.get("error").is_none(), "{answer:#}\n{diagram}");
        let names: Vec<String> =
            serde_json::from_value(answer["names"].clone()).expect("a list of texts");
        let is_charge = |name: &&String| name.contains("on the engine as order-7.1");
        assert_eq!(names.iter().filter(is_charge).count(), 1, "{names:?}");
    }
}
