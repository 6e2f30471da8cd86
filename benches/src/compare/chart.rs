//! Draws a workload's first figure as an SVG of bars, readable on light and on dark pages.

use std::fmt::Write;
use std::fs;

use super::markdown::root;
use super::results::{Results, Runs};
use super::table::ratio;
use crate::peers::{OURS, Peer};
use crate::spread::Spread;
use crate::workloads::Workload;

/// Where the charts are, from the repository's root.
const DIRECTORY: &str = "benches/charts";

const WIDTH: f64 = 790.0;
const NAMES: f64 = 230.0;
const BARS: f64 = 380.0;
const ROW: f64 = 22.0;
const TOP: f64 = 34.0;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}
.title{font-weight:600}.dim{fill:#59636e}
.bar{fill:#8c959f}.ours{fill:#0969da}.whisker{stroke:#1f2328;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.dim{fill:#9198a1}
.bar{fill:#656c76}.ours{fill:#4493f8}.whisker{stroke:#f0f6fc}}";

/// A chart's path from the repository's root.
pub(super) fn link(workload: &Workload) -> String {
    format!("{DIRECTORY}/{}.svg", workload.name)
}

/// Draws all that are to be drawn.
pub(super) fn write_all(workloads: &[&'static Workload], results: &Results) -> Result<(), String> {
    let directory = root().join(DIRECTORY);
    fs::create_dir_all(&directory).map_err(|error| format!("{DIRECTORY}: {error}"))?;
    for workload in workloads.iter().filter(|workload| workload.chart) {
        fs::write(root().join(link(workload)), draw(workload, results))
            .map_err(|error| format!("{}: {error}", link(workload)))?;
    }
    Ok(())
}

/// The fastest first; those without figures last. The scale is logarithmic.
fn draw(workload: &Workload, results: &Results) -> String {
    let mut rows: Vec<_> = results.peers(workload).collect();
    let median = |runs: &Runs| runs.spread(0).map_or(f64::INFINITY, |spread| spread.median);
    rows.sort_by(|(_, a), (_, b)| median(a).total_cmp(&median(b)));
    let scale = Scale::of(rows.iter().filter_map(|(_, runs)| runs.spread(0)));

    let figure = workload.figure(0);
    let height = TOP + ROW * rows.len() as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\">\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"8\" y=\"18\">{}</text>\n\
         <text class=\"dim\" x=\"{NAMES}\" y=\"18\">{}, {}, median and extremes; less is better, \
         logarithmic</text>\n",
        escape(workload.name),
        escape(figure.name),
        figure.unit,
    );
    for (at, (peer, runs)) in rows.into_iter().enumerate() {
        let y = TOP + ROW * at as f64;
        row(&mut svg, y, workload, results, peer, runs, &scale);
    }
    svg.push_str("</svg>\n");
    svg
}

fn row(
    svg: &mut String,
    y: f64,
    workload: &Workload,
    results: &Results,
    peer: &Peer,
    runs: &Runs,
    scale: &Scale,
) {
    let baseline = y + 13.0;
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>",
        NAMES - 8.0,
        escape(peer.name)
    );
    let Some(Spread { median, least, most }) = runs.spread(0) else {
        let remark = runs.remark().unwrap_or_default();
        let _ = writeln!(svg, "<text class=\"dim\" x=\"{NAMES}\" y=\"{baseline}\">{remark}</text>");
        return;
    };
    let class = if peer.id == OURS { "bar ours" } else { "bar" };
    let [length, from, to] = [median, least, most].map(|value| scale.length(value));
    let (top, middle) = (y + 2.0, y + 9.0);
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{NAMES}\" y=\"{top}\" width=\"{length:.1}\" height=\"14\" rx=\"2\"/>\
         <line class=\"whisker\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>",
        NAMES + from,
        NAMES + to,
    );
    let figure = workload.figure(0);
    let ratio = ratio(workload, results, runs, 0).filter(|_| peer.id != OURS);
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{baseline}\">{} {} <tspan class=\"dim\">{}</tspan></text>",
        NAMES + length.max(to) + 6.0,
        figure.show(median),
        figure.unit,
        ratio.unwrap_or_default(),
    );
}

/// From a value to the length of its bar.
struct Scale {
    least: f64,
    most: f64,
}

impl Scale {
    /// The shortest bar is not the least value's, which would have no length.
    fn of(spreads: impl Iterator<Item = Spread>) -> Scale {
        let mut scale = Scale { least: f64::INFINITY, most: 0.0 };
        for spread in spreads {
            scale.least = scale.least.min(spread.least);
            scale.most = scale.most.max(spread.most);
        }
        Scale { least: scale.least / 2.0, most: scale.most.max(scale.least * 1.01) }
    }

    fn length(&self, value: f64) -> f64 {
        BARS * (value / self.least).ln() / (self.most / self.least).ln()
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
