//! The drawing of a sequence diagram.

use std::collections::HashMap;
use std::time::Duration;

use super::plural;
use super::story::{Change, Participant, Said, Step, Story};
use super::svg::{Anchor, Svg, number, width};
use crate::execution::Id;
use crate::trace::run::Run;

const MARGIN: f64 = 16.0;
/// For the times, on the left.
const GUTTER: f64 = 84.0;
const HEAD: f64 = 30.0;
/// Where there is an id below names.
const HIGH_HEAD: f64 = 44.0;
const ROW: f64 = 30.0;
/// What a longer text needs is not kept free, so that a failure does not tear the diagram apart.
const MOST_ROOM: f64 = 400.0;
/// Half the width of the bar of an execution that runs.
const BAR: f64 = 4.0;

/// The columns: the middle of each participant.
struct Columns {
    middles: Vec<f64>,
    of: HashMap<Option<Id>, usize>,
    right: f64,
}

pub(super) fn drawn(story: &Story, run: &Run) -> String {
    let columns = Columns::of(story);
    let mut svg = Svg::new("sequence");
    let durable = story.participants.iter().any(|it| it.durable.is_some());
    let tall = if durable { HIGH_HEAD } else { HEAD };
    let top = MARGIN + tall;
    let bottom = top + ROW * (story.steps.len() as f64 + 1.0);
    for (&x, participant) in columns.middles.iter().zip(&story.participants) {
        svg.open("lifeline", &participant.title);
        let (x, top, bottom) = (number(x), number(top), number(bottom));
        svg.path("faint", &format!("M{x} {top}V{bottom}"));
        svg.close();
    }
    bars(&mut svg, story, run, &columns, top, bottom);
    for (n, step) in story.steps.iter().enumerate() {
        let y = top + ROW * (n as f64 + 1.0);
        let time = since(run.from, step.at);
        svg.open("step", &format!("{}\n{time}", step.text));
        svg.text("dim small", MARGIN + GUTTER - 16.0, y + 3.5, Anchor::End, &time);
        draw(&mut svg, step, &columns, y);
        svg.close();
    }
    for y in [MARGIN, bottom] {
        for (&x, participant) in columns.middles.iter().zip(&story.participants) {
            let wide = head(participant);
            let at = [x - wide / 2.0, y, wide, tall];
            match (participant.remote, participant.id) {
                (true, _) => svg.remote_box(at),
                (false, Some(_)) => svg.rect("box", at, 4.0),
                (false, None) => svg.rect("box loop", at, 4.0),
            }
            let up = participant.durable.as_ref().map_or(0.0, |_| 8.0);
            let middle = y + tall / 2.0 + 4.5;
            svg.text("strong", x, middle - up, Anchor::Middle, &participant.title);
            if let Some(durable) = &participant.durable {
                svg.text("dim small", x, middle + up, Anchor::Middle, durable);
            }
        }
    }
    let mut y = bottom + tall + 6.0;
    for note in &story.notes {
        y += 18.0;
        svg.text("dim", MARGIN + GUTTER, y, Anchor::Start, note);
    }
    let notes = story.notes.iter().map(|note| MARGIN + GUTTER + width(note)).fold(0.0, f64::max);
    let executions = story.participants.len() as u64 - 1;
    let about = format!(
        "Sequence diagram: {} between {} and the event loop",
        plural(story.steps.len() as u64, "message"),
        plural(executions, "execution")
    );
    svg.finish(columns.right.max(notes) + MARGIN, y + MARGIN, &about)
}

impl Columns {
    /// As close together as names and messages allow.
    fn of(story: &Story) -> Columns {
        let of: HashMap<_, _> =
            story.participants.iter().enumerate().map(|(n, it)| (it.id, n)).collect();
        let the_loop = of[&None];
        let mut room = vec![0.0_f64; story.participants.len()];
        for step in &story.steps {
            if let Some(id) = step.what.execution() {
                let room = &mut room[of[&Some(id)]];
                *room = room.max(width(&step.text) + 28.0);
            }
        }
        let mut middles: Vec<f64> = Vec::new();
        let mut right = 0.0;
        for (n, participant) in story.participants.iter().enumerate() {
            let half = head(participant) / 2.0;
            let mut x = right + half;
            if n == 0 {
                x += MARGIN + GUTTER;
            } else {
                x += 24.0;
            }
            // The text of a message stands next to its execution, towards the loop.
            if n > 0 {
                let asks = if n == the_loop { 0 } else { n };
                x = x.max(middles[n - 1] + room[asks].min(MOST_ROOM));
            }
            if n > the_loop {
                x = x.max(MARGIN + GUTTER + room[n]);
            }
            middles.push(x);
            right = x + half;
        }
        // Notes stand to the right of the loop, and what its left neighbour says may go on there.
        for step in &story.steps {
            let from = step.what.execution().map_or(the_loop, |id| of[&Some(id)]);
            if from <= the_loop {
                right = right.max(middles[from] + width(&step.text) + 28.0);
            }
        }
        Columns { middles, of, right }
    }

    fn x(&self, id: Option<Id>) -> f64 {
        self.middles[self.of[&id]]
    }
}

fn head(participant: &Participant) -> f64 {
    let durable = participant.durable.as_deref().map_or(0.0, width);
    width(&participant.title).max(durable) + 24.0
}

/// `1.2 ms` after the beginning.
fn since(from: Duration, at: Duration) -> String {
    format!("{:.1?}", at.saturating_sub(from))
}

/// Each execution has a bar while it runs, which is hatched while it waits.
fn bars(svg: &mut Svg, story: &Story, run: &Run, columns: &Columns, top: f64, bottom: f64) {
    let (mut running, mut waiting) = (HashMap::new(), HashMap::new());
    let mut bars = Vec::new();
    for (n, step) in story.steps.iter().enumerate() {
        let y = top + ROW * (n as f64 + 1.0);
        let Some(id) = step.what.execution() else { continue };
        let (open, ends, waits) = match step.change {
            Some(Change::Begins | Change::Ends) => (&mut running, Change::Ends, false),
            Some(Change::Waits | Change::GoesOn) => (&mut waiting, Change::GoesOn, true),
            None => continue,
        };
        if step.change != Some(ends) {
            open.entry(id).or_insert(y);
        } else if let Some(from) = open.remove(&id) {
            bars.push((waits, id, from, y));
        }
    }
    // What has not ended goes on to the bottom.
    for id in story.participants.iter().filter_map(|it| it.id) {
        let mut rest = |waits, from: Option<f64>| {
            bars.extend(from.map(|from| (waits, id, from, bottom)));
        };
        rest(false, running.remove(&id));
        rest(true, waiting.remove(&id));
    }
    bars.sort_by_key(|bar| bar.0);
    for (waits, id, from, to) in bars {
        let at = [columns.x(Some(id)) - BAR, from, 2.0 * BAR, to - from];
        if waits {
            svg.rect("wait", at, 1.5);
            svg.filled("box-line", "suspended", at);
        } else if story.participants[columns.of[&Some(id)]].remote {
            svg.remote_bar(at);
        } else {
            let lent = run.entity(id).and_then(|it| it.starts.first()?.lent_by).is_some();
            svg.rect(if lent { "box lent" } else { "box run" }, at, 1.5);
        }
    }
}

fn draw(svg: &mut Svg, step: &Step, columns: &Columns, y: f64) {
    let event_loop = columns.x(None);
    let Some(id) = step.what.execution() else {
        svg.rect("box loop", [event_loop - 8.0, y - 11.0, width(&step.text) + 16.0, 22.0], 2.0);
        svg.text("", event_loop, y + 4.0, Anchor::Start, &step.text);
        return;
    };
    let execution = columns.x(Some(id));
    // Towards the loop.
    let side = if execution > event_loop { -1.0 } else { 1.0 };
    let near = execution + side * BAR;
    let (class, text, arrow, from, to) = match step.what {
        Said::Request(_) => ("invoke", "", "invoke", near, event_loop),
        Said::Failure(_) => ("bad", "t-bad", "cross", near, event_loop),
        Said::Order(_) => ("done", "", "done", event_loop, near),
        Said::Reply(_) => ("await dashed", "", "await", event_loop, near),
        Said::Refusal(_) => ("bad dashed", "t-bad", "cross", event_loop, near),
        Said::Note => unreachable!("has no execution"),
    };
    svg.arrow(class, arrow, &format!("M{} {}H{}", number(from), number(y), number(to)));
    let anchor = if side < 0.0 { Anchor::End } else { Anchor::Start };
    let class = format!("halo {text}");
    svg.text(&class, execution + side * 14.0, y - 5.0, anchor, &step.text);
}
