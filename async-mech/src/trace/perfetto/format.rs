//! The text of Chrome trace events, each an object of the list `traceEvents`.

use std::fmt::Write;

use crate::execution::Id;
use crate::trace::event::{Text, Thread};
use crate::trace::json;

/// All threads are those of one process.
const PROCESS: u32 = 1;

/// A moment on a thread, in nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) thread: u64,
    pub(super) time: u64,
}

/// Writes events.
#[derive(Default)]
pub(super) struct Format {
    out: String,
    arrows: u64,
}

impl Format {
    /// What all events have. The object is left open.
    fn begin(&mut self, phase: char, category: &str, name: &str, at: Point) {
        let Point { thread, time } = at;
        self.out.push_str(if self.out.is_empty() { "{" } else { ",\n{" });
        let _ = write!(self.out, r#""ph":"{phase}","pid":{PROCESS},"tid":{thread},"ts":"#);
        micros(&mut self.out, time);
        let _ = write!(self.out, r#","cat":"{category}","name":"#);
        json::string(&mut self.out, name);
    }

    /// From a moment to a later time on the same thread.
    pub(super) fn slice(&mut self, category: &str, name: &str, from: Point, to: u64, args: &Args) {
        self.begin('X', category, name, from);
        self.out.push_str(r#","dur":"#);
        micros(&mut self.out, to.saturating_sub(from.time));
        args.write(&mut self.out);
        self.out.push('}');
    }

    /// From one moment to a later one, on a track apart from those of the threads: `number` tells it
    /// from others there.
    pub(super) fn apart(
        &mut self,
        category: &str,
        name: &str,
        number: u64,
        from: Point,
        to: u64,
        args: &Args,
    ) {
        self.begin('b', category, name, from);
        let _ = write!(self.out, r#","id":{number}"#);
        args.write(&mut self.out);
        self.out.push('}');
        self.begin('e', category, name, Point { time: to, ..from });
        let _ = write!(self.out, r#","id":{number}}}"#);
    }

    /// On one thread.
    pub(super) fn instant(&mut self, category: &str, name: &str, at: Point, args: &Args) {
        self.begin('i', category, name, at);
        self.out.push_str(r#","s":"t""#);
        args.write(&mut self.out);
        self.out.push('}');
    }

    /// So many events are missing, of all threads.
    pub(super) fn lost(&mut self, at: Point, count: u64) {
        self.begin('i', "lost", &format!("{count} events were lost"), at);
        self.out.push_str(r#","s":"g"}"#);
    }

    /// From the slice around one moment to the slice around another. Both were begun at their
    /// moment, or end at it.
    pub(super) fn arrow(&mut self, name: &str, from: Point, to: Point) {
        self.arrows += 1;
        let within = |point: Point| Point { time: point.time + 1, ..point };
        self.begin('s', "flow", name, within(from));
        let _ = write!(self.out, r#","id":{}}}"#, self.arrows);
        self.begin('f', "flow", name, within(to));
        let _ = write!(self.out, r#","id":{},"bp":"e"}}"#, self.arrows);
    }

    /// The whole file.
    pub(super) fn finish<'a>(
        mut self,
        threads: impl Iterator<Item = &'a Thread>,
        end: u64,
        lost: u64,
    ) -> String {
        self.name("process_name", 0, "async-mech");
        for thread in threads {
            self.name("thread_name", thread.number(), thread.name());
            let at = Point { thread: thread.number(), time: 0 };
            self.begin('M', "__metadata", "thread_sort_index", at);
            let _ = write!(self.out, r#","args":{{"sort_index":{}}}}}"#, thread.number());
        }
        if lost > 0 {
            self.lost(Point { thread: 0, time: end }, lost);
        }
        format!(
            "{{\"displayTimeUnit\":\"ns\",\n\"otherData\":{{\"lost events\":\"{lost}\"}},\n\
             \"traceEvents\":[\n{}\n]}}\n",
            self.out
        )
    }

    fn name(&mut self, what: &str, thread: u64, name: &str) {
        self.begin('M', "__metadata", what, Point { thread, time: 0 });
        let mut args = Args::default();
        args.text("name", name);
        args.write(&mut self.out);
        self.out.push('}');
    }
}

/// What is shown of a slice when it is selected: the members of an object.
#[derive(Default)]
pub(super) struct Args(String);

impl Args {
    fn key(&mut self, key: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        json::string(&mut self.0, key);
        self.0.push(':');
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        json::string(&mut self.0, text);
    }

    pub(super) fn flag(&mut self, key: &str) {
        self.key(key);
        self.0.push_str("true");
    }

    pub(super) fn id(&mut self, key: &str, id: Option<Id>) {
        if let Some(id) = id {
            self.text(key, &id.to_string());
        }
    }

    pub(super) fn place(&mut self, key: &str, file: &str, line: u32) {
        self.text(key, &format!("{file}:{line}"));
    }

    pub(super) fn arguments(&mut self, arguments: &[(&str, Text)]) {
        if arguments.is_empty() {
            return;
        }
        let mut inner = Args::default();
        for (name, text) in arguments {
            inner.text(name, &text.to_string());
        }
        self.key("arguments");
        let _ = write!(self.0, "{{{}}}", inner.0);
    }

    fn write(&self, out: &mut String) {
        if !self.0.is_empty() {
            let _ = write!(out, r#","args":{{{}}}"#, self.0);
        }
    }
}

/// The format's unit is the microsecond. Perfetto multiplies the fraction and cuts off what is less than a
/// nanosecond, which may be a whole one too much: hence the tenth of one.
fn micros(out: &mut String, nanos: u64) {
    let _ = write!(out, "{}.{:03}1", nanos / 1_000, nanos % 1_000);
}
