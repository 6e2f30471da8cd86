//! The sequence diagram, in Mermaid's language and as a drawing.

use std::fmt::{self, Write};

use super::mermaid;
use super::story::{Change, Said, Story};
use crate::execution::Id;
use crate::trace::recording::Trace;
use crate::trace::run::Run;

/// What executions and the event loop said to each other; see [`Trace::sequence`].
///
/// Requests have solid lines and replies dashed ones. An execution has a bar while it runs; a line
/// that ends in a cross says that it failed, or that an await did. An execution that a durable engine
/// runs, in this process or another, is framed, and runs from when the engine was asked until its
/// value or failure was heard of.
#[derive(Clone)]
pub struct Sequence<'a> {
    trace: &'a Trace,
    most: usize,
}

impl<'a> Sequence<'a> {
    pub(super) fn of(trace: &'a Trace) -> Sequence<'a> {
        Sequence { trace, most: 200 }
    }

    /// Draws so many messages at most, the first ones; 200 unless set. The diagram says how many it
    /// leaves out.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| {
    ///     for n in 0..99 {
    ///         invoke!(move || n).wait();
    ///     }
    /// });
    /// assert!(trace.sequence().at_most(10).mermaid().contains("more events not drawn"));
    /// ```
    #[must_use]
    pub fn at_most(self, messages: usize) -> Sequence<'a> {
        Sequence { most: messages, ..self }
    }

    /// As text for [Mermaid](https://mermaid.js.org), which is drawn by many viewers of Markdown.
    /// There are fewer messages if Mermaid would refuse it for its length.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let run = Run::of(self.trace.events());
        mermaid::fitting(self.most, |most| (written(&Story::of(self.trace, &run, most)), 0))
    }

    /// As an SVG document that needs nothing else. It is readable on light and on dark screens.
    #[must_use]
    pub fn svg(&self) -> String {
        let run = Run::of(self.trace.events());
        super::sequence_svg::drawn(&Story::of(self.trace, &run, self.most), &run)
    }
}

impl fmt::Debug for Sequence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequence").field("at_most", &self.most).finish_non_exhaustive()
    }
}

/// Readable on light and on dark screens. Without a name: that stands in the participant.
const ENGINE: &str = "rgba(57,164,172,0.25)";

fn written(story: &Story) -> String {
    let mut out = String::from("sequenceDiagram\n");
    // Not `Loop`, which is a keyword, however it is capitalised.
    let name = |id: Option<Id>| id.map_or("EL".into(), |id| format!("E{}", id.as_u64()));
    for it in &story.participants {
        let title = mermaid::two_lines(&it.title, it.durable.as_deref());
        let line = format!("    participant {} as {title}\n", name(it.id));
        // What others run stands in a frame of its own.
        out += &if it.remote { format!("    box {ENGINE}\n{line}    end\n") } else { line };
    }
    let mut running = Vec::new();
    for step in &story.steps {
        let text = mermaid::escaped(&step.text);
        let execution = name(step.what.execution());
        let _ = match step.what {
            Said::Request(_) => writeln!(out, "    {execution}->>EL: {text}"),
            Said::Failure(_) => writeln!(out, "    {execution}-xEL: {text}"),
            Said::Reply(_) => writeln!(out, "    EL-->>{execution}: {text}"),
            Said::Refusal(_) => writeln!(out, "    EL--x{execution}: {text}"),
            Said::Order(_) => writeln!(out, "    EL->>{execution}: {text}"),
            Said::Note => writeln!(out, "    Note over EL: {text}"),
        };
        match step.change {
            Some(Change::Begins) => {
                let _ = writeln!(out, "    activate {execution}");
                running.push(execution);
            }
            // Mermaid refuses to end what has not begun, so only the story decides.
            Some(Change::Ends) => {
                let _ = writeln!(out, "    deactivate {execution}");
                running.retain(|other| *other != execution);
            }
            Some(Change::Waits | Change::GoesOn) | None => {}
        }
    }
    for note in &story.notes {
        let _ = writeln!(out, "    Note over EL: {}", mermaid::escaped(note));
    }
    // Nothing is drawn of an activation that does not end.
    for execution in running {
        let _ = writeln!(out, "    deactivate {execution}");
    }
    out
}
