//! Reads the records out of a page.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_mech::trace::Trace;
use serde_json::Value;

/// All records of the trace's page, as the browser's JSON parser has them.
pub(crate) fn records(page: &str) -> Vec<Value> {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="records">"#).unwrap();
    // As HTML ends a script.
    let (text, _) = rest.split_once("</script").unwrap();
    serde_json::from_str(text).expect("the records are JSON")
}

/// Those records of the trace's page whose first element is `kind`.
pub(crate) fn of_kind(trace: &Trace, kind: &str) -> Vec<Value> {
    let all = records(&trace.html());
    all.into_iter().filter(|record| record[0] == kind).collect()
}

/// The events among records.
pub(crate) fn events(records: &[Value]) -> impl Iterator<Item = &Value> {
    records.iter().filter(|record| record[0].is_number())
}

/// Recordings are of the whole process: of this test alone, as long as this is held.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records `f` alone.
pub(crate) fn record<T>(f: impl FnOnce() -> T) -> Trace {
    let _alone = alone();
    Trace::record(f).1
}
