//! Diagrams of a run: its entities, its sequence, its timeline.
//!
//! What a diagram says is decided apart from how it is drawn: [`graph`] and [`story`] read the run,
//! [`layout`] gives places, and [`mermaid`] and [`svg`] know the two languages. A run may be of any
//! size, and a diagram is for people, so each has a limit, and says what it leaves out.

mod entities;
mod entities_svg;
mod facts;
mod graph;
mod lanes;
mod layout;
mod mermaid;
mod sequence;
mod sequence_svg;
mod story;
mod svg;
mod text;
mod timeline;
mod timeline_svg;

pub use self::entities::Entities;
pub use self::sequence::Sequence;
pub use self::timeline::Timeline;
use super::event::Kind;
use super::recording::Trace;
use crate::grouped::Grouped;

impl Trace {
    /// The article's entity diagram: which executions and promises there were, who invoked whom,
    /// and who awaited whom.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// let entities = trace.entities();
    /// assert!(entities.mermaid().starts_with("flowchart LR\n"));
    /// assert!(entities.svg().contains("closure"));
    /// ```
    #[must_use]
    pub fn entities(&self) -> Entities<'_> {
        Entities::of(self)
    }

    /// The article's sequence diagram: what executions and the event loop said to each other, in
    /// order.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// let sequence = trace.sequence();
    /// assert!(sequence.mermaid().starts_with("sequenceDiagram\n"));
    /// assert!(sequence.svg().contains("return 42"));
    /// ```
    #[must_use]
    pub fn sequence(&self) -> Sequence<'_> {
        Sequence::of(self)
    }

    /// A timeline: what each thread ran, and when each execution was queued, ran, and waited.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// assert!(trace.timeline().svg().starts_with("<svg "));
    /// ```
    #[must_use]
    pub fn timeline(&self) -> Timeline<'_> {
        Timeline::of(self)
    }
}

/// How many events are missing, as far as is known.
fn lost(trace: &Trace) -> u64 {
    let missed = trace.events().iter().map(|event| match event.kind {
        Kind::Lost { count } => count,
        _ => 0,
    });
    missed.fold(trace.lost(), u64::saturating_add)
}

/// `1 execution`, `1,234 executions`.
fn plural(number: u64, what: &str) -> String {
    format!("{} {what}{}", Grouped(number), if number == 1 { "" } else { "s" })
}
