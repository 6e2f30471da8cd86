//! The file's name is the format.

use std::fs;
use std::io::ErrorKind;

use async_mech::invoke;
use async_mech::trace::Trace;

use crate::scratch::Scratch;

fn trace() -> Trace {
    Trace::record(|| invoke!(|| invoke!(|| 42).wait()).wait()).1
}

#[test]
fn each_extension_has_its_format() {
    let (scratch, trace) = (Scratch::new(), trace());
    let begin = [
        ("a.html", "<!DOCTYPE html>"),
        ("a.svg", "<svg"),
        ("a.sequence.svg", "<svg"),
        ("a.entities.svg", "<svg"),
        ("a.timeline.svg", "<svg"),
        ("a.mmd", "sequenceDiagram"),
        ("a.sequence.mmd", "sequenceDiagram"),
        ("a.entities.mmd", "flowchart"),
        ("a.json", "{\"displayTimeUnit\""),
        ("A.ENTITIES.MMD", "flowchart"),
        ("with.a.timeline.in.it.mmd", "sequenceDiagram"),
    ];
    for (name, begins) in begin {
        let path = scratch.path(name);
        trace.write(&path).expect("it is written");
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.contains(begins), "{name}: {text:.200}");
    }
    assert_eq!(scratch.names().len(), begin.len(), "and nothing else: {:?}", scratch.names());
    let read = |name| fs::read_to_string(scratch.path(name)).expect("written above");
    assert_eq!(read("a.svg"), trace.sequence().svg());
    assert_eq!(read("a.entities.svg"), trace.entities().svg());
    assert_eq!(read("a.timeline.svg"), trace.timeline().svg());
    assert_eq!(read("a.json"), trace.perfetto());
}

#[test]
fn other_extensions_are_refused_with_those_that_there_are() {
    let (scratch, trace) = (Scratch::new(), trace());
    for name in ["a", "a.", ".svg", "a.txt", "a.entities", "a.svg.gz", "a.json "] {
        let error = trace.write(scratch.path(name)).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        for word in [name, ".html", ".svg", ".entities.svg", ".timeline.svg", ".mmd", ".json"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    assert!(trace.write("").is_err());
    assert!(scratch.names().is_empty());
}

#[test]
fn a_trace_that_lacks_events_says_so_in_each_format() {
    let recording = Trace::start_with_room_for(8);
    (0..10).for_each(|_| invoke!(|| ()).wait());
    let trace = recording.stop();
    let lost = trace.lost().to_string();
    assert_ne!(lost, "0");
    let texts = [
        trace.html(),
        trace.sequence().svg(),
        trace.sequence().mermaid(),
        trace.entities().svg(),
        trace.entities().mermaid(),
        trace.timeline().svg(),
        trace.perfetto(),
    ];
    for text in texts {
        assert!(text.contains(&lost), "{lost}: {text:.300}");
    }
}
