//! The drawings: XML that needs nothing else, and what is marked in them.

use async_mech::trace::Trace;
use async_mech::{EventLoop, invoke, promise};
use roxmltree::{Document, Node};

use crate::recorded::recorded;
use crate::stories;

/// The names of its elements. It has to be a whole drawing that needs nothing from elsewhere, and
/// whose places are numbers.
pub(crate) fn parsed(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap_or_else(|error| panic!("{error}:\n{svg}"));
    let root = document.root_element();
    assert!(root.has_tag_name(("http://www.w3.org/2000/svg", "svg")));
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(root.attribute("aria-label").is_some_and(|label| !label.is_empty()));
    let ids: Vec<_> = root.descendants().filter_map(|node| node.attribute("id")).collect();
    for node in root.descendants().filter(Node::is_element) {
        for name in ["x", "y", "width", "height"] {
            if let Some(number) = node.attribute(name) {
                let number: f64 = number.parse().unwrap_or_else(|_| panic!("{number} in {svg}"));
                assert!(number.is_finite() && number.abs() < 1e7, "{number} in {svg}");
            }
        }
        for attribute in node.attributes() {
            let value = attribute.value();
            assert!(attribute.name() != "href" && !attribute.name().starts_with("on"));
            if attribute.name() == "d" {
                assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
            }
            if let Some(id) = value.strip_prefix("url(#").and_then(|it| it.strip_suffix(')')) {
                assert!(ids.contains(&id), "no {id} in {svg}");
            } else {
                let ours = attribute.name() == "aria-label";
                assert!(ours || !value.contains("url("), "{value}");
            }
        }
    }
    let within = inside(&document);
    assert_eq!(within, Vec::<String>::new(), "outside of the drawing");
    let elements = root.descendants().filter(Node::is_element);
    elements.map(|node| node.tag_name().name().into()).collect()
}

/// The rectangles and texts that are not inside the drawing.
fn inside(document: &Document<'_>) -> Vec<String> {
    let root = document.root_element();
    let size = |name| root.attribute(name).and_then(|it| it.parse::<f64>().ok()).expect("a size");
    let (width, height) = (size("width"), size("height"));
    let number = |node: &Node<'_, '_>, name| {
        node.attribute(name).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let mut outside = Vec::new();
    for node in root.descendants() {
        let (left, right) = match node.tag_name().name() {
            "rect" => (number(&node, "x"), number(&node, "x") + number(&node, "width")),
            "text" => {
                // An em is 12 pixels, and a character of a fixed width is 0.6 em.
                let wide = node.text().unwrap_or_default().chars().count() as f64 * 6.0;
                let x = number(&node, "x");
                match node.attribute("text-anchor") {
                    Some("middle") => (x - wide / 2.0, x + wide / 2.0),
                    Some("end") => (x - wide, x),
                    _ => (x, x + wide),
                }
            }
            _ => continue,
        };
        let bottom = number(&node, "y") + number(&node, "height");
        if left < 0.0 || right > width || number(&node, "y") < 0.0 || bottom > height {
            outside.push(format!("{:?} in {width} x {height}: {node:?}", (left, right, bottom)));
        }
    }
    outside
}

/// A box, or what is round, as left, top, right and bottom.
fn shapes(svg: &str) -> Vec<[f64; 4]> {
    let document = Document::parse(svg).expect("it is XML");
    let nodes = document.descendants().filter(|node| node.attribute("class") == Some("node"));
    let rects = nodes.flat_map(|node| node.children().filter(|it| it.has_tag_name("rect")));
    rects
        .map(|rect| {
            let [x, y, width, height] = ["x", "y", "width", "height"]
                .map(|name| rect.attribute(name).and_then(|it| it.parse().ok()).expect("a place"));
            [x, y, x + width, y + height]
        })
        .collect()
}

/// No two nodes of an entity diagram share any place.
pub(crate) fn assert_apart(svg: &str) {
    let mut shapes = shapes(svg);
    shapes.sort_by(|a, b| a[0].total_cmp(&b[0]));
    for (n, a) in shapes.iter().enumerate() {
        for b in shapes[n + 1..].iter().take_while(|b| b[0] < a[2]) {
            assert!(b[1] >= a[3] || a[1] >= b[3], "{a:?} and {b:?} in {svg}");
        }
    }
}

/// The texts that are to be seen.
fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("it is XML");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text().map(String::from)).collect()
}

/// How many elements have that class.
fn count(svg: &str, class: &str) -> usize {
    let document = Document::parse(svg).expect("it is XML");
    let classes = document.descendants().filter_map(|node| node.attribute("class"));
    classes.filter(|classes| classes.split(' ').any(|it| it == class)).count()
}

fn svgs(trace: &Trace) -> [String; 3] {
    [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()]
}

#[test]
fn every_story_is_a_drawing_that_needs_nothing_else() {
    for trace in stories::all() {
        for svg in svgs(&trace) {
            parsed(&svg);
            assert!(svg.contains("prefers-color-scheme:dark"));
            assert_eq!(svg.matches("http").count(), 1, "the name of the language: {svg}");
        }
    }
}

#[test]
fn several_drawings_on_a_page_do_not_share_ids() {
    let svgs = svgs(&stories::article());
    let documents = svgs.each_ref().map(|svg| Document::parse(svg).expect("it is XML"));
    let mut ids: Vec<_> = documents
        .iter()
        .flat_map(|document| document.descendants().filter_map(|node| node.attribute("id")))
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn drawing_twice_gives_the_same() {
    for trace in stories::all() {
        assert_eq!(svgs(&trace), svgs(&trace.clone()));
    }
}

#[test]
fn the_articles_drawings_have_its_three_executions_and_two_promises() {
    let trace = stories::article();
    let [entities, sequence, timeline] = svgs(&trace);
    let label = "Entity diagram: 3 executions, 2 promises, and who invoked and awaited whom";
    assert!(entities.contains(label));
    assert_eq!(count(&entities, "node"), 3);
    assert_eq!(count(&entities, "completed"), 2);
    for value in ["42", "84"] {
        assert!(texts(&entities).iter().any(|text| text == value));
        assert!(texts(&sequence).iter().any(|text| *text == format!("complete with {value}")));
        assert!(texts(&timeline).iter().any(|text| text == value));
    }
    assert!(texts(&sequence).iter().any(|text| text == "Event Loop"));
    assert_eq!(count(&sequence, "step"), 12);
    assert_eq!(count(&timeline, "lane"), 3);
}

#[test]
fn threads_that_were_lent_are_marked() {
    let [_, sequence, timeline] = svgs(&stories::article());
    // Two executions, in a lane of the thread and one of their own; and the legend.
    assert_eq!(count(&timeline, "lent"), 5);
    assert_eq!(timeline.matches("fill=\"url(#timeline-lends)\"").count(), 3);
    assert_eq!(timeline.matches("fill=\"url(#timeline-suspended)\"").count(), 1);
    assert_eq!(count(&sequence, "lent"), 2);
}

#[test]
fn a_thread_that_is_suspended_is_hatched() {
    let event_loop = EventLoop::builder().build();
    let events = event_loop.subscribe();
    event_loop.run(|| {
        let (p, resolver) = promise::<u32>();
        let id = p.id();
        // Another thread, which is nobody's.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                tests::until_awaited(&event_loop, id);
                resolver.resolve(1);
            });
            assert_eq!(p.wait(), 1);
        });
    });
    let trace = Trace::of(events.try_iter());
    let timeline = trace.timeline().svg();
    parsed(&timeline);
    // In the lane of the thread, in that of the execution, and in the legend.
    assert_eq!(timeline.matches("fill=\"url(#timeline-suspended)\"").count(), 3);
}

#[test]
fn failures_are_marked() {
    let [entities, sequence, timeline] = svgs(&stories::panic());
    assert_eq!(count(&entities, "failed"), 1);
    assert!(sequence.contains("url(#sequence-cross)"));
    assert!(texts(&sequence).iter().any(|text| text.contains("out of cheese: 3")));
    assert!(texts(&timeline).iter().any(|text| text == "✗ panicked"));
    let [entities, sequence, timeline] = svgs(&stories::deadlock());
    assert!(texts(&entities).iter().any(|text| text == "await: deadlock"));
    assert!(texts(&sequence).iter().any(|text| text == "return: deadlock"));
    assert!(texts(&timeline).iter().any(|text| text == "✗ deadlock"));
    let [entities, ..] = svgs(&stories::cancelled());
    assert_eq!(count(&entities, "cancelled"), 1);
}

#[test]
fn who_points_at_something_is_told_where_it_is_in_the_code() {
    let trace = recorded(|| assert_eq!(invoke!(|| 1).wait(), 1));
    for svg in svgs(&trace) {
        parsed(&svg);
    }
    assert!(trace.entities().svg().contains("diagrams/drawn.rs:"));
    assert!(trace.timeline().svg().contains("diagrams/drawn.rs:"));
}

#[test]
fn nothing_stands_on_anything_else() {
    for trace in stories::all() {
        assert_apart(&trace.entities().svg());
    }
}

#[test]
fn a_combinator_stands_between_who_awaits_it_and_what_it_waits_for() {
    // The root, two promises and the race.
    let shapes = shapes(&stories::race().entities().svg());
    let [root, slow, fast, race] = shapes[..] else { panic!("four of them: {shapes:?}") };
    assert!(root[2] < race[0] && race[2] < slow[0] && race[2] < fast[0], "{shapes:?}");
}

#[test]
fn the_bar_of_who_waits_is_hatched() {
    let sequence = stories::article().sequence().svg();
    // The root and the outer closure.
    assert_eq!(count(&sequence, "wait"), 2);
}
