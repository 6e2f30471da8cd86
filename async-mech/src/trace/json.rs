//! Events as JSON, for the page: a file holds them all, a live run sends them as they come.
//!
//! A list of records. What many events have in common is said once, before the first of them:
//!
//! ```text
//! ["site", site, name, call or null, definition or null]      a place is [file, line]
//! ["thread", thread, name]                                     a definition [name, module, file, line]
//! [number, microseconds, execution, caller or 0, thread, site, kind, ...]
//! ```
//!
//! `kind` is the transition in lower case; what follows it is in [`Encoder::kind`]. One that only
//! programs with durable functions have says under which id an engine knows the execution, and whether
//! that runs in this process (1), or there is a promise alone, of what runs in whichever one (0):
//!
//! ```text
//! [.., "durable", 1 or 0, id]
//! ```
//!
//! A file also says what is not in it, after the events (`page/bound.rs`):
//!
//! ```text
//! ["lost", events]                      that the recording had no room for
//! ["cut", values]                       that are shorter than they were recorded
//! ["omitted", executions, events, all executions]              of a run too large for a page;
//! ["function", name, count, failed, total, longest]            of that whole run, microseconds
//! ["below", execution, executions]      left out below that one
//! ```

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use super::event::{Event, Kind, Returned, Text};
use crate::execution::Id;

/// Appends `text` as a JSON string that may also stand in a `<script>`: no `<`, and none of the two
/// line ends that JavaScript knows and JSON does not.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A time, as records have it.
pub(crate) fn microseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1_000.0
}

/// So much text of values is in a page in full, in bytes, and from then on the beginning of each.
const ROOM: usize = 8 << 20;
/// The beginning of a value, in bytes.
const BEGINNING: usize = 200;

/// Writes records, one a line, each followed by a comma and a line end.
#[derive(Default)]
pub(crate) struct Encoder {
    /// Room for values; without bounds for a live run, which sends each event once.
    room: Option<usize>,
    cut: u64,
    /// Sites by name, call and definition; all of them are statics.
    sites: HashMap<(usize, usize, usize), usize>,
    /// How many threads have been introduced, by number.
    threads: HashMap<u64, usize>,
}

impl Encoder {
    /// For a file, whose size is bounded.
    pub(crate) fn page() -> Encoder {
        Encoder { room: Some(ROOM), ..Encoder::default() }
    }

    /// How many values there was no room for.
    pub(crate) fn cut(&self) -> u64 {
        self.cut
    }

    /// Appends the event, and what must be known before it.
    pub(crate) fn event(&mut self, out: &mut String, event: &Event) {
        let site = self.site(out, event);
        let thread = self.thread(out, event);
        let caller = event.caller.map_or(0, Id::as_u64);
        let (number, id) = (event.number, event.execution.as_u64());
        let time = microseconds(event.time);
        let _ = write!(out, "[{number},{time},{id},{caller},{thread},{site},");
        self.kind(out, &event.kind);
        out.push_str("],\n");
    }

    fn kind(&mut self, out: &mut String, kind: &Kind) {
        let _ = match kind {
            Kind::Root => write!(out, "\"root\""),
            Kind::Invoke => write!(out, "\"invoke\""),
            Kind::Promised => write!(out, "\"promise\""),
            Kind::Create => write!(out, "\"create\""),
            Kind::Start { lent_by } => {
                write!(out, "\"start\",{}", lent_by.map_or(0, Id::as_u64))
            }
            Kind::Enter { arguments } => {
                out.push_str("\"enter\",[");
                for (n, (name, value)) in arguments.iter().enumerate() {
                    out.push_str(if n == 0 { "[" } else { ",[" });
                    string(out, name);
                    out.push(',');
                    self.text(out, value);
                    out.push(']');
                }
                write!(out, "]")
            }
            Kind::Complete { value } => {
                out.push_str("\"complete\",");
                match value {
                    Some(value) => self.text(out, value),
                    None => out.push_str("null"),
                }
                Ok(())
            }
            Kind::Fail { kind, message } => {
                let _ = write!(out, "\"fail\",\"{kind:?}\",");
                self.text(out, message);
                Ok(())
            }
            Kind::Durable { id, here } => {
                let _ = write!(out, "\"durable\",{},", u8::from(*here));
                self.text(out, id);
                Ok(())
            }
            Kind::Cancel => write!(out, "\"cancel\""),
            Kind::Await { promise, at } => {
                let _ = write!(out, "\"await\",{},[", promise.as_u64());
                string(out, at.file());
                write!(out, ",{}]", at.line())
            }
            Kind::Suspend { promise } => write!(out, "\"suspend\",{}", promise.as_u64()),
            Kind::Resume { promise } => write!(out, "\"resume\",{}", promise.as_u64()),
            Kind::Return { promise, with } => {
                let with = match with {
                    Returned::Outcome => "outcome",
                    Returned::TimedOut => "timed out",
                    Returned::Cancelled => "cancelled",
                    Returned::Deadlock => "deadlock",
                };
                write!(out, "\"return\",{},\"{with}\"", promise.as_u64())
            }
            Kind::Link { to } => write!(out, "\"link\",{}", to.as_u64()),
            Kind::Settle { by } => write!(out, "\"settle\",{}", by.map_or(0, Id::as_u64)),
            Kind::Free => write!(out, "\"free\""),
            Kind::Lost { count } => write!(out, "\"lost\",{count}"),
        };
    }

    fn site(&mut self, out: &mut String, event: &Event) -> usize {
        let site = event.site;
        let call = site.call.map_or(0, |call| std::ptr::from_ref(call) as usize);
        let definition = site.definition.map_or(0, |it| std::ptr::from_ref(it) as usize);
        let next = self.sites.len();
        let key = (site.name.as_ptr() as usize, call, definition);
        let index = *self.sites.entry(key).or_insert(next);
        if index == next {
            let _ = write!(out, "[\"site\",{index},");
            string(out, site.name);
            match site.call {
                Some(call) => {
                    out.push_str(",[");
                    string(out, call.file());
                    let _ = write!(out, ",{}]", call.line());
                }
                None => out.push_str(",null"),
            }
            match site.definition {
                Some(function) => {
                    for (n, part) in
                        [function.name(), function.module(), function.file()].iter().enumerate()
                    {
                        out.push_str(if n == 0 { ",[" } else { "," });
                        string(out, part);
                    }
                    let _ = write!(out, ",{}]", function.line());
                }
                None => out.push_str(",null"),
            }
            out.push_str("],\n");
        }
        index
    }

    fn thread(&mut self, out: &mut String, event: &Event) -> usize {
        let next = self.threads.len();
        let index = *self.threads.entry(event.thread.number()).or_insert(next);
        if index == next {
            let _ = write!(out, "[\"thread\",{index},");
            string(out, event.thread.name());
            out.push_str("],\n");
        }
        index
    }

    fn text(&mut self, out: &mut String, text: &Text) {
        let (mut kept, mut cut) = (text.as_str(), text.is_cut());
        if let Some(room) = &mut self.room {
            let most = BEGINNING.max(*room);
            if kept.len() > most {
                let end = (0..=BEGINNING).rev().find(|&at| kept.is_char_boundary(at));
                kept = &kept[..end.unwrap_or(0)];
                cut = true;
                self.cut += 1;
            }
            *room = room.saturating_sub(kept.len().saturating_sub(BEGINNING));
        }
        string(out, kept);
        // What was cut off says so, as `Text` does.
        if cut {
            out.insert(out.len() - 1, '…');
        }
    }
}
