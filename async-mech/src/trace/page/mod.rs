//! The page: a run as one HTML file, which draws it without a network.
//!
//! Markup, style and script are files beside this one, plain and without a build step; the scripts
//! share one scope, in the order of [`SCRIPTS`]. What changes from run to run are the records of
//! [`json`](super::json), which the page puts together as it draws. A live page has none: it is sent
//! them (`main.js`, at its end).

mod bound;

use self::bound::Bounded;
use super::recording::Trace;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// From what is known to what is shown.
const SCRIPTS: [&str; 15] = [
    include_str!("run.js"),
    include_str!("replay.js"),
    include_str!("words.js"),
    include_str!("canvas.js"),
    include_str!("engine.js"),
    include_str!("select.js"),
    include_str!("details.js"),
    include_str!("columns.js"),
    include_str!("sequence.js"),
    include_str!("graph.js"),
    include_str!("tree.js"),
    include_str!("timeline.js"),
    include_str!("state.js"),
    include_str!("functions.js"),
    include_str!("main.js"),
];

impl Trace {
    /// The run as a page: one file that needs no network and no other file.
    ///
    /// It shows the sequence of events, the executions and promises, the threads over time, and the
    /// article's `%State{promises, awaiters}` at any moment. Open it in a browser:
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// let page = trace.html();
    /// assert!(page.starts_with("<!DOCTYPE html>"));
    /// ```
    ///
    /// Of a run with more than some 10,000 invocations, the page shows those near the roots and the
    /// slowest, and figures for each function of the whole run. It says what it leaves out.
    #[must_use]
    pub fn html(&self) -> String {
        page("", "'none'", &Bounded::of(self).records())
    }
}

/// The same page for a run that is under way. It has no records yet, and gets them as server-sent
/// events from `events`, beside it: each has a JSON array of records as its data.
#[cfg(feature = "live")]
pub(crate) fn live_page() -> String {
    page(" data-live", "'self'", "[]")
}

fn page(live: &str, connect: &str, records: &str) -> String {
    // Comments stay here: they are for those who change the page.
    let lines = SCRIPTS.iter().flat_map(|script| script.lines()).map(str::trim_start);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    let script =
        format!("\"use strict\";(() => {{\n{}\n}})();\n", code.collect::<Vec<_>>().join("\n"));
    let mut out = String::with_capacity(PAGE.len() + STYLE.len() + script.len() + records.len());
    // The one pass over the frame: what is put in is not looked at again.
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("page.html closes its braces");
        out.push_str(before);
        out.push_str(match name {
            "live" => live,
            "connect" => connect,
            "style" => STYLE,
            "records" => records,
            "script" => &script,
            other => unreachable!("page.html asks for {other}"),
        });
        rest = after;
    }
    out + rest
}
