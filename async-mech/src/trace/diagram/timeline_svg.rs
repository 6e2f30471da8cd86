//! The drawing of a timeline.

use super::svg::{Anchor, Svg};
use crate::trace::recording::Trace;
use crate::trace::run::Run;

pub(super) fn drawn(_trace: &Trace, run: &Run, most: usize) -> String {
    let mut svg = Svg::new("timeline");
    let left = run.entities.len().saturating_sub(most);
    svg.text("", 0.0, 20.0, Anchor::Start, &format!("{left} more executions not drawn"));
    svg.finish(100.0, 100.0, "Timeline")
}
