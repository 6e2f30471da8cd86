//! The drawing of a timeline.

use std::time::Duration;

use super::lanes::{Ending, ExecutionLane, Lanes, MOST_LEVELS, Span, ThreadLane};
use super::plural;
use super::svg::{Anchor, COLUMN, Svg, number, width};

const MARGIN: f64 = 16.0;
const PLOT: f64 = 900.0;
const LANE: f64 = 20.0;
const BAR: f64 = 14.0;
const INDENT: f64 = 10.0;
/// Between the sections.
const SECTION: f64 = 30.0;

/// From times to places.
struct Scale {
    left: f64,
    from: Duration,
    each: f64,
}

impl Scale {
    fn x(&self, at: Duration) -> f64 {
        self.left + at.saturating_sub(self.from).as_nanos() as f64 * self.each
    }

    /// Of a rectangle: where it begins, and how wide it is, but not too small to be seen.
    fn span(&self, span: Span) -> (f64, f64) {
        let from = self.x(span.from);
        (from, (self.x(span.to) - from).max(1.0))
    }
}

pub(super) fn drawn(lanes: &Lanes) -> String {
    let names = lanes.threads.iter().map(|lane| width(&lane.name));
    let titles =
        lanes.executions.iter().map(|lane| width(&lane.title) + lane.indent as f64 * INDENT);
    let labels = names.chain(titles).fold(80.0, f64::max);
    let took = lanes.to.saturating_sub(lanes.from).as_nanos().max(1) as f64;
    let scale = Scale { left: MARGIN + labels + 14.0, from: lanes.from, each: PLOT / took };
    let height =
        |lane: &ThreadLane| lane.levels.clamp(1, MOST_LEVELS) as f64 * (BAR + 1.0) + LANE - BAR;
    let top = MARGIN + 34.0;
    let executions = top + lanes.threads.iter().map(height).sum::<f64>() + SECTION;
    let bottom = executions + lanes.executions.len() as f64 * LANE;

    let mut svg = Svg::new("timeline");
    axis(&mut svg, &scale, took, MARGIN + 12.0, bottom);
    svg.text("strong", MARGIN, MARGIN + 12.0, Anchor::Start, "Threads");
    // The results of the last are to the right of all.
    let mut right = scale.left + PLOT + 40.0;
    let mut y = top;
    for lane in &lanes.threads {
        thread(&mut svg, &scale, lane, y);
        y += height(lane);
    }
    svg.text("strong", MARGIN, executions - 10.0, Anchor::Start, "Executions");
    for (n, lane) in lanes.executions.iter().enumerate() {
        right = right.max(execution(&mut svg, &scale, lane, executions + n as f64 * LANE));
    }
    let mut y = bottom + 26.0;
    legend(&mut svg, y, lanes.executions.iter().any(|lane| lane.remote.is_some()));
    for note in &lanes.notes {
        y += 18.0;
        svg.text("dim", MARGIN, y, Anchor::Start, note);
    }
    let about = format!(
        "Timeline: {} on {}, {}",
        plural(lanes.executions.len() as u64, "execution"),
        plural(lanes.threads.len() as u64, "thread"),
        spoken(took, took)
    );
    svg.finish(right + MARGIN, y + MARGIN, &about)
}

/// Times above the lanes, and lines through them.
fn axis(svg: &mut Svg, scale: &Scale, took: f64, y: f64, bottom: f64) {
    // Of 1, 2 and 5, and those times ten, what makes five to ten parts.
    let rough = took / 9.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|of| of * power).into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(rough).max(1.0);
    let mut at = 0.0;
    while at <= took * 1.000_001 {
        let x = scale.left + at * scale.each;
        svg.path("faint", &format!("M{} {}V{}", number(x), number(y + 6.0), number(bottom)));
        svg.text("dim small", x, y, Anchor::Middle, &spoken(at, took));
        at += step;
    }
}

/// A number of nanoseconds, in the unit that suits `of`.
fn spoken(nanoseconds: f64, of: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    let (unit, name) = units.into_iter().find(|(unit, _)| of >= *unit).unwrap_or((1.0, "ns"));
    // Two decimals at most, and none for their own sake.
    format!("{} {name}", (nanoseconds / unit * 100.0).round() / 100.0)
}

fn thread(svg: &mut Svg, scale: &Scale, lane: &ThreadLane, y: f64) {
    svg.text("", MARGIN, y + 11.0, Anchor::Start, &lane.name);
    // How far each level is drawn. What is narrower than a pixel is not drawn over and over.
    let mut reached = [f64::MIN; MOST_LEVELS];
    for span in &lane.spans {
        let (x, wide) = scale.span(span.time);
        if x + wide <= reached[span.level] + 0.2 {
            continue;
        }
        reached[span.level] = x + wide;
        let y = y + span.level as f64 * (BAR + 1.0);
        svg.open("span", &span.details);
        let class = match (span.failed, span.lent) {
            (true, _) => "bar error",
            (false, true) => "bar lent",
            (false, false) => "bar run",
        };
        svg.rect(class, [x, y, wide, BAR], 1.0);
        hatched(svg, scale, "suspended", &span.suspended, y);
        let room = ((wide - 6.0) / COLUMN) as usize;
        if room >= super::text::columns(&span.title) {
            let class = if span.suspended.is_empty() { "small" } else { "small halo" };
            svg.text(class, x + 4.0, y + 10.5, Anchor::Start, &span.title);
        }
        svg.close();
    }
}

fn hatched(svg: &mut Svg, scale: &Scale, pattern: &str, spans: &[Span], y: f64) {
    let mut reached = f64::MIN;
    for &span in spans {
        let (x, wide) = scale.span(span);
        if x + wide <= reached + 0.2 {
            continue;
        }
        reached = x + wide;
        svg.rect("wait", [x, y, wide, BAR], 0.0);
        svg.filled("", pattern, [x, y, wide, BAR]);
    }
}

/// Returns how far it reaches.
fn execution(svg: &mut Svg, scale: &Scale, lane: &ExecutionLane, y: f64) -> f64 {
    svg.open("lane", &lane.details);
    let x = MARGIN + lane.indent as f64 * INDENT;
    svg.text("", x, y + 11.0, Anchor::Start, &lane.title);
    let mut right = scale.left;
    if let Some(span) = lane.queued {
        let (x, wide) = scale.span(span);
        svg.rect("queued", [x, y + BAR / 2.0 - 1.0, wide, 2.0], 0.0);
        right = x + wide;
    }
    for &(span, lent) in &lane.ran {
        let (x, wide) = scale.span(span);
        svg.rect(if lent { "bar lent" } else { "bar run" }, [x, y, wide, BAR], 1.0);
        right = right.max(x + wide);
    }
    let mut on_engine = "";
    if let Some((span, what)) = &lane.remote {
        let (x, wide) = scale.span(*span);
        svg.remote_bar([x, y, wide, BAR]);
        right = right.max(x + wide);
        if wide > width(what) + 12.0 {
            svg.text("small", x + 6.0, y + 10.5, Anchor::Start, what);
        } else {
            on_engine = what;
        }
    }
    for &span in &lane.awaits {
        let (x, wide) = scale.span(span);
        svg.rect("wait", [x, y, wide, BAR], 0.0);
    }
    hatched(svg, scale, "suspended", &lane.suspended, y);
    hatched(svg, scale, "lends", &lane.lends, y);
    let (class, text) = match &lane.end {
        Ending::None => ("", String::new()),
        Ending::Value(value) => ("dim small", value.clone().unwrap_or_default()),
        Ending::Failed(how) => ("small t-bad", format!("✗ {how}")),
        Ending::NotYet => ("dim small", String::from("… not ended")),
    };
    // What has no room in the bar.
    let text = match on_engine {
        "" => text,
        what if text.is_empty() => what.to_owned(),
        what => format!("{text} · {what}"),
    };
    if matches!(lane.end, Ending::Failed(_)) {
        svg.rect("error", [right - 2.0, y, 3.0, BAR], 0.0);
    }
    if !text.is_empty() {
        svg.text(&format!("halo {class}"), right + 6.0, y + 11.0, Anchor::Start, &text);
    }
    svg.close();
    right + 6.0 + width(&text)
}

fn legend(svg: &mut Svg, y: f64, remote: bool) {
    let mut x = MARGIN;
    for (class, pattern, text) in [
        ("bar run", "", "runs"),
        ("bar lent", "", "runs on its awaiter's thread"),
        ("queued", "", "queued"),
        ("wait", "suspended", "awaits, suspended"),
        ("wait", "lends", "awaits, lends its thread"),
        ("error", "", "failed"),
    ] {
        let at = match class {
            "queued" => [x, y - 5.0, 24.0, 2.0],
            _ => [x, y - 10.0, 24.0, 12.0],
        };
        svg.rect(class, at, 0.0);
        if !pattern.is_empty() {
            svg.filled("", pattern, at);
        }
        svg.text("dim small", x + 30.0, y, Anchor::Start, text);
        x += 30.0 + width(text) + 18.0;
    }
    if remote {
        svg.remote_bar([x, y - 10.0, 24.0, 12.0]);
        svg.text("dim small", x + 30.0, y, Anchor::Start, "on the engine");
    }
}
