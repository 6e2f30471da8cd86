//! The page in a headless Chromium: `tests/browser/check.mjs` opens what is written here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_mech::trace::{Progress, Trace};
use async_mech::{Id, Status};
use serde_json::{Value, json};
use tests::browse;

use crate::records::record;
use crate::{bound, held, hostile, program};

/// Promises by state, and awaiters, as the page's script has them.
fn state<'a>(
    promises: impl Iterator<Item = (&'a Id, &'static str)>,
    awaiters: &BTreeMap<Id, Vec<Id>>,
) -> Value {
    let promises: BTreeMap<_, _> =
        promises.map(|(id, progress)| (id.as_u64().to_string(), progress)).collect();
    let awaiters: BTreeMap<_, Vec<_>> = awaiters
        .iter()
        .map(|(id, by)| (id.as_u64().to_string(), by.iter().map(|id| id.as_u64()).collect()))
        .collect();
    json!({ "promises": promises, "awaiters": awaiters })
}

fn states(trace: &Trace) -> Vec<Value> {
    let after = |n| {
        let replay = trace.state_after(n);
        let promises = replay.promises.iter().map(|(id, progress)| {
            let progress = match progress {
                Progress::Queued => "queued",
                Progress::Pending => "pending",
                Progress::Completed => "completed",
                Progress::Failed(_) => "failed",
                other => panic!("the page knows no {other}"),
            };
            (id, progress)
        });
        state(promises, &replay.awaiters)
    };
    (0..=trace.events().len()).map(after).collect()
}

fn snapshot(snapshot: &async_mech::State) -> Value {
    let promises = snapshot.promises.iter().map(|(id, status)| {
        let progress = match status {
            Status::Queued => "queued",
            Status::Pending => "pending",
            Status::Completed => "completed",
            Status::Failed(_) => "failed",
            other => panic!("the page knows no {other}"),
        };
        (id, progress)
    });
    state(promises, &snapshot.awaiters)
}

/// A folder of our own with the pages, and what they should show.
fn written() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let page = |name: &str, trace: &Trace| {
        std::fs::write(folder.join(name).with_extension("html"), trace.html()).expect("a page");
    };
    let (program, held) = (program::run(), held::run());
    let fib = record(|| async_mech::invoke!(program::fib(6)).wait());
    page("program", &program);
    page("fib", &fib);
    page("midst", &held.midst);
    page("whole", &held.whole);
    page("hostile", &hostile::run());
    page("large", bound::large());
    page("empty", &Trace::of([]));
    let plan = json!({
        "program": states(&program),
        "whole": states(&held.whole),
        "midst": { "events": held.midst.events().len(), "snapshot": snapshot(&held.snapshot) },
        "hostile": [hostile::SCRIPT, hostile::QUOTES, hostile::RIGHT_TO_LEFT],
        "long": hostile::LONG,
    });
    std::fs::write(folder.join("plan.json"), plan.to_string()).expect("a plan");
    folder
}

#[test]
fn pages_work_in_a_browser() {
    browse("check.mjs", || vec![written()]);
}
