//! The rules of Chrome's trace event format, as far as the traces use it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// A slice of a thread, in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) thread: u64,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) args: Value,
}

/// What is on a track apart from those of the threads, in nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Apart {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) args: Value,
}

/// What a file has in it, read as Perfetto reads it.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) slices: Vec<Slice>,
    pub(crate) instants: Vec<Value>,
    pub(crate) apart: Vec<Apart>,
    /// By thread.
    pub(crate) names: HashMap<u64, String>,
    /// The slices around both ends of each arrow.
    pub(crate) arrows: Vec<(String, Slice, Slice)>,
}

fn text(event: &Value, key: &str) -> String {
    event[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {event}")).to_owned()
}

/// Perfetto's unit: it cuts off the rest.
fn nanos(event: &Value, key: &str) -> u64 {
    let micros = event[key].as_f64().unwrap_or_else(|| panic!("no time `{key}` in {event}"));
    assert!(micros >= 0.0, "{event}");
    (micros * 1_000.0) as u64
}

/// Reads a file, and checks it against the rules.
pub(crate) fn check(json: &str) -> File {
    let root: Value = serde_json::from_str(json).expect("it is JSON");
    assert_eq!(root["displayTimeUnit"], "ns");
    let mut file = File::default();
    let mut ends: HashMap<u64, Vec<(char, u64, u64, String)>> = HashMap::new();
    let mut begun = HashMap::new();
    for event in root["traceEvents"].as_array().expect("a list of events") {
        let (thread, time) = (event["tid"].as_u64().expect("a thread"), nanos(event, "ts"));
        assert_eq!(event["pid"], 1, "{event}");
        let (name, category) = (text(event, "name"), text(event, "cat"));
        assert!(event.get("args").is_none_or(Value::is_object), "{event}");
        match &*text(event, "ph") {
            "X" => {
                let to = time + nanos(event, "dur");
                assert!(to > time + 1, "too short for an arrow: {event}");
                let args = event["args"].clone();
                file.slices.push(Slice { thread, from: time, to, name, category, args });
            }
            "i" => {
                assert!(["t", "g"].contains(&&*text(event, "s")), "{event}");
                file.instants.push(event.clone());
            }
            "M" => match &*name {
                "thread_name" => {
                    let before = file.names.insert(thread, text(&event["args"], "name"));
                    assert!(before.is_none(), "named twice: {event}");
                }
                "process_name" => _ = text(&event["args"], "name"),
                "thread_sort_index" => assert!(event["args"]["sort_index"].is_u64(), "{event}"),
                other => panic!("unknown metadata {other}"),
            },
            phase @ ("s" | "f") => {
                if phase == "f" {
                    assert_eq!(event["bp"], "e", "{event}");
                }
                let id = event["id"].as_u64().expect("an id");
                let end = (phase.chars().next().unwrap_or(' '), thread, time, name + &category);
                ends.entry(id).or_default().push(end);
            }
            "b" => {
                let id = event["id"].as_u64().expect("an id");
                let args = event["args"].clone();
                let one = Apart { from: time, to: 0, name, category, args };
                let key = (one.category.clone(), one.name.clone(), id);
                assert!(begun.insert(key, one).is_none(), "begun twice: {event}");
            }
            "e" => {
                let id = event["id"].as_u64().expect("an id");
                let key = (category, name, id);
                let one = begun.remove(&key).unwrap_or_else(|| panic!("not begun: {event}"));
                let one = Apart { to: time, ..one };
                assert!(one.from < one.to && one.args.is_object(), "{one:?}");
                file.apart.push(one);
            }
            phase => panic!("unknown phase {phase}: {event}"),
        }
    }
    assert!(begun.is_empty(), "without an end: {begun:?}");
    nested(&mut file.slices);
    let threads: HashSet<u64> = file.slices.iter().map(|slice| slice.thread).collect();
    threads.iter().for_each(|thread| assert!(file.names.contains_key(thread), "{thread}"));
    for (id, ends) in ends {
        let [(start, from, at, name), (finish, to, until, same)] = &ends[..] else {
            panic!("an arrow without a beginning or end, or with too many: {id} {ends:?}");
        };
        assert_eq!((*start, *finish, name), ('s', 'f', same), "{id}");
        assert!(at < until, "an arrow backwards: {id} {ends:?}");
        let around = |thread, time| {
            let slice = innermost(&file.slices, thread, time);
            slice.unwrap_or_else(|| panic!("no slice around the end of arrow {id}: {ends:?}"))
        };
        file.arrows.push((name.replace("flow", ""), around(*from, *at), around(*to, *until)));
    }
    file
}

/// Of two slices of a thread one is in the other, or they do not touch. Sorts them.
fn nested(slices: &mut [Slice]) {
    slices.sort_by_key(|slice| (slice.thread, slice.from));
    let mut around: Vec<&Slice> = Vec::new();
    for slice in slices.iter() {
        while around.last().is_some_and(|out| out.thread != slice.thread || out.to <= slice.from) {
            around.pop();
        }
        if let Some(out) = around.last() {
            assert!(slice.from > out.from && slice.to <= out.to, "{slice:?} is not in {out:?}");
        }
        around.push(slice);
    }
}

fn innermost(slices: &[Slice], thread: u64, time: u64) -> Option<Slice> {
    let around = slices
        .iter()
        .filter(|slice| slice.thread == thread && slice.from <= time && time < slice.to);
    around.max_by_key(|slice| slice.from).cloned()
}
