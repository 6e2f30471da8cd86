//! The timeline.

use std::fmt;

use super::lanes::Lanes;
use super::timeline_svg;
use crate::trace::recording::Trace;
use crate::trace::run::Run;

/// What each thread ran, and when each execution was queued, ran and waited; see
/// [`Trace::timeline`].
///
/// Time goes to the right. While an execution awaits, its bar is hatched: in one way if its thread
/// was suspended, in another if it was lent to the execution that it awaited. Of an execution that a
/// durable engine runs, in this process or another, only two moments are known here: when the engine
/// was asked, and when its value or failure was heard of. Its bar is dashed.
#[derive(Clone)]
pub struct Timeline<'a> {
    trace: &'a Trace,
    most: usize,
}

impl<'a> Timeline<'a> {
    pub(super) fn of(trace: &'a Trace) -> Timeline<'a> {
        Timeline { trace, most: 150 }
    }

    /// Draws so many executions at most, those that took longest; 150 unless set. The timeline says
    /// how many it leaves out.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (_, trace) = Trace::record(|| {
    ///     for n in 0..99 {
    ///         invoke!(move || n).wait();
    ///     }
    /// });
    /// assert!(trace.timeline().at_most(10).svg().contains("90 more executions not drawn"));
    /// ```
    #[must_use]
    pub fn at_most(self, executions: usize) -> Timeline<'a> {
        Timeline { most: executions, ..self }
    }

    /// As an SVG document that needs nothing else. It is readable on light and on dark screens.
    #[must_use]
    pub fn svg(&self) -> String {
        let run = Run::of(self.trace.events());
        timeline_svg::drawn(&Lanes::of(self.trace, &run, self.most))
    }
}

impl fmt::Debug for Timeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeline").field("at_most", &self.most).finish_non_exhaustive()
    }
}
