//! The drawing of an entity diagram.

use super::graph::{Edge, Graph, Node, Promise, Relation};
use super::layout::{Place, place};
use super::svg::{Anchor, COLUMN, Svg, number, width};
use super::{plural, text};

const MARGIN: f64 = 20.0;
/// Of a box, and of what is round.
const BOX: f64 = 30.0;
/// Of one with an id below the name.
const HIGH_BOX: f64 = 44.0;
const PILL: f64 = 22.0;
/// From the one to the other.
const GAP: f64 = 14.0;
const PADDING: f64 = 12.0;
/// Edges have labels where there is room; the colours say the same.
const LABELLED: usize = 16;

pub(super) fn drawn(graph: &Graph) -> String {
    let mut places: Vec<_> = graph.nodes.iter().map(size).collect();
    // A combinator stands between who awaits it and what it waits for.
    let edges: Vec<_> = graph
        .edges
        .iter()
        .filter_map(|edge| match edge.what {
            Relation::Invoke | Relation::Create => Some((edge.from, edge.to)),
            Relation::Link | Relation::Settle => Some((edge.to, edge.from)),
            Relation::Await(_) => None,
        })
        .collect();
    place(&mut places, &edges);
    let mut right = places.iter().map(|place| place.x + place.width).fold(0.0, f64::max);
    let bottom = places.iter().map(|place| place.y + place.height).fold(0.0, f64::max);
    for place in &mut places {
        place.x += MARGIN;
        place.y += MARGIN;
    }
    let mut svg = Svg::new("entities");
    for edge in &graph.edges {
        right = right.max(draw_edge(&mut svg, graph, edge, &places));
    }
    for (node, place) in graph.nodes.iter().zip(&places) {
        draw(&mut svg, node, place);
    }
    let (legend, mut y) = (MARGIN, bottom + 2.0 * MARGIN + 12.0);
    let widest = legend_of(&mut svg, graph, legend, y);
    for note in &graph.notes {
        y += 18.0;
        svg.text("dim", legend, y, Anchor::Start, note);
    }
    let notes = graph.notes.iter().map(|note| width(note)).fold(widest, f64::max);
    let executions = graph.nodes.iter().filter(|node| node.execution).count() as u64;
    let promises = graph.nodes.iter().filter(|node| node.promise.is_some()).count() as u64;
    let about = format!(
        "Entity diagram: {}, {}, and who invoked and awaited whom",
        plural(executions, "execution"),
        plural(promises, "promise")
    );
    svg.finish(right.max(notes) + 2.0 * MARGIN, y + MARGIN, &about)
}

/// What an edge begins or ends at.
struct Spot {
    left: f64,
    right: f64,
    y: f64,
}

fn execution(node: &Node, at: &Place) -> Spot {
    if node.execution {
        return Spot { left: at.x, right: at.x + at.width, y: at.y + tall(node) / 2.0 };
    }
    promise(node, at)
}

fn promise(node: &Node, at: &Place) -> Spot {
    match &node.promise {
        Some(it) if node.execution => {
            let (middle, half) = (at.x + at.width / 2.0, pill_width(it) / 2.0);
            let y = at.y + tall(node) + GAP + PILL / 2.0;
            Spot { left: middle - half, right: middle + half, y }
        }
        Some(_) => Spot { left: at.x, right: at.x + at.width, y: at.y + at.height / 2.0 },
        None => execution(node, at),
    }
}

fn tall(node: &Node) -> f64 {
    if node.durable.is_some() { HIGH_BOX } else { BOX }
}

fn pill_width(promise: &Promise) -> f64 {
    (width(&promise.text) + 2.0 * PADDING).max(5.0 * COLUMN)
}

fn draw_edge(svg: &mut Svg, graph: &Graph, edge: &Edge, places: &[Place]) -> f64 {
    let (from, to) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
    let (tail, head) = (&places[edge.from], &places[edge.to]);
    let links = matches!(edge.what, Relation::Link | Relation::Settle);
    let awaits = matches!(edge.what, Relation::Await(_));
    let mut start = if links { promise(from, tail) } else { execution(from, tail) };
    let end = if edge.what == Relation::Invoke { execution(to, head) } else { promise(to, head) };
    if awaits && from.execution {
        start.y += 8.0;
    }
    let (class, colour, arrow) = match edge.what {
        what if what.is_bad() => ("bad dashed", "t-bad", "bad"),
        Relation::Invoke | Relation::Create => ("invoke", "t-invoke", "invoke"),
        Relation::Await(_) => ("await dashed", "t-await", "await"),
        Relation::Link => ("link dotted", "dim", "plain"),
        Relation::Settle => ("done", "t-done", "done"),
    };
    let mut end = end;
    if edge.what == Relation::Create {
        end.y -= 5.0;
    } else if awaits && !to.execution {
        end.y += 5.0;
    }
    // From one side to the other, or around on the right if one stands above the other.
    let (x1, x2, bend) = if end.left > start.right {
        (start.right, end.left - 1.0, (start.right + end.left) / 2.0)
    } else if end.right < start.left {
        (start.left, end.right + 1.0, (start.left + end.right) / 2.0)
    } else {
        (start.right, end.right + 1.0, start.right.max(end.right) + 40.0)
    };
    let [n1, n2, bend] = [x1, x2, bend].map(|x| number(x).to_string());
    let (y1, y2) = (number(start.y), number(end.y));
    let place = edge.place.map_or(String::new(), |place| {
        format!("\nat {}:{}", text::line(place.file(), 200), place.line())
    });
    svg.open("edge", &format!("{} {} {}{place}", from.title, edge.label(), to.title));
    svg.arrow(class, arrow, &format!("M{n1} {y1}C{bend} {y1} {bend} {y2} {n2} {y2}"));
    if graph.nodes.len() <= LABELLED || edge.count > 1 {
        // Next to the end that is one's own: many links lead to one promise.
        let (x, y, leaves) = if links { (x1, start.y, start.left) } else { (x2, end.y, end.left) };
        let (x, anchor) =
            if x <= leaves { (x - 13.0, Anchor::End) } else { (x + 13.0, Anchor::Start) };
        let y = if awaits { y + 12.0 } else { y - 5.0 };
        svg.text(&format!("small halo {colour}"), x, y, anchor, &edge.label());
    }
    svg.close();
    // How far it reaches to the right.
    if x1 > end.left { x1.max(x2) + 40.0 + width(&edge.label()) } else { 0.0 }
}

/// What the lines mean, as far as there are any. Returns where it ends.
fn legend_of(svg: &mut Svg, graph: &Graph, x: f64, y: f64) -> f64 {
    let has = |test: fn(&Edge) -> bool| graph.edges.iter().any(test);
    let mut x = x;
    let mut entry = |class: &str, arrow: &str, text: &str| {
        svg.arrow(class, arrow, &format!("M{} {}h26", number(x), number(y - 4.0)));
        svg.text("dim small", x + 32.0, y, Anchor::Start, text);
        x += 32.0 + width(text) + 18.0;
    };
    let creates = has(|edge| edge.what == Relation::Create);
    if has(|edge| edge.what == Relation::Invoke) || creates {
        entry("invoke", "invoke", if creates { "invoke, create" } else { "invoke" });
        entry("done", "done", "complete");
    }
    if has(|edge| matches!(edge.what, Relation::Await(_))) {
        entry("await dashed", "await", "await");
    }
    if has(|edge| edge.what.is_bad()) {
        entry("bad dashed", "bad", "await that failed");
    }
    if has(|edge| edge.what == Relation::Link) {
        entry("link dotted", "plain", "link");
    }
    if has(|edge| edge.what == Relation::Settle) {
        entry("done", "done", "decides");
    }
    if graph.nodes.iter().any(|node| node.remote) {
        svg.remote_box([x, y - 11.0, 26.0, 15.0]);
        let text = "runs on the engine";
        svg.text("dim small", x + 32.0, y, Anchor::Start, text);
        x += 32.0 + width(text) + 18.0;
    }
    x
}

fn size(node: &Node) -> Place {
    let text = match &node.promise {
        Some(promise) if !node.execution => {
            width(&node.title) + width(": ") + width(&promise.text) + 2.0 * PADDING
        }
        Some(promise) => f64::max(width(&node.title), width(&promise.text)) + 2.0 * PADDING,
        None => width(&node.title) + 2.0 * PADDING,
    };
    let durable = node.durable.as_deref().map_or(0.0, |it| width(it) + 2.0 * PADDING);
    // A root has no promise, but its box stands where others have theirs.
    let height = if node.execution { tall(node) + GAP + PILL } else { PILL + 4.0 };
    Place { width: text.max(durable).max(8.0 * COLUMN), height, ..Place::default() }
}

fn draw(svg: &mut Svg, node: &Node, at: &Place) {
    let middle = at.x + at.width / 2.0;
    svg.open("node", &node.details);
    if node.execution {
        let rect = [at.x, at.y, at.width, tall(node)];
        match (node.remote, node.started) {
            (true, _) => svg.remote_box(rect),
            (false, true) => svg.rect("box", rect, 4.0),
            (false, false) => svg.rect("box idle", rect, 4.0),
        }
        let y = at.y + 19.5;
        svg.text("strong", middle, y, Anchor::Middle, &node.title);
        if let Some(durable) = &node.durable {
            svg.text("dim small", middle, y + 15.0, Anchor::Middle, durable);
        }
    }
    if let Some(promise) = &node.promise {
        let class = format!("pill {}", promise.state.class());
        if node.execution {
            let y = at.y + tall(node) + GAP;
            svg.arrow(
                "done",
                "done",
                &format!("M{} {}V{}", number(middle), number(y - GAP), number(y)),
            );
            let wide = pill_width(promise);
            svg.rect(&class, [middle - wide / 2.0, y, wide, PILL], PILL / 2.0);
            svg.text("", middle, y + 15.0, Anchor::Middle, &promise.text);
        } else {
            svg.rect(&class, [at.x, at.y, at.width, at.height], at.height / 2.0);
            let text = format!("{}: {}", node.title, promise.text);
            svg.text("", middle, at.y + 17.0, Anchor::Middle, &text);
        }
    }
    svg.close();
}
