//! The drawings.

use roxmltree::{Document, Node};
use tests_durable_trace::{local, midst, whole};

use crate::{assert_local, remote};

/// Whether one of its elements has that class among its own.
fn has(node: Node<'_, '_>, class: &str) -> bool {
    let is = |node: Node<'_, '_>| node.attribute("class").is_some_and(|it| it == class);
    node.descendants().any(is)
}

/// All texts in it, its title excepted.
fn texts(node: Node<'_, '_>) -> Vec<String> {
    let texts = node.descendants().filter(|node| node.has_tag_name(node_name("text")));
    texts.filter_map(|node| node.text()).map(String::from).collect()
}

fn node_name(name: &str) -> (&'static str, &str) {
    ("http://www.w3.org/2000/svg", name)
}

fn title<'a>(node: Node<'a, '_>) -> &'a str {
    let is_title = |node: &Node<'_, '_>| node.has_tag_name(node_name("title"));
    node.children().find(is_title).and_then(|node| node.text()).unwrap_or_default()
}

/// The group of that class whose title begins like this.
fn group<'a, 'b>(document: &'a Document<'b>, class: &str, begins: &str) -> Node<'a, 'b> {
    let mut groups = document.descendants().filter(|node| node.attribute("class") == Some(class));
    groups.find(|node| title(*node).starts_with(begins)).unwrap_or_else(|| {
        panic!("no {class} {begins}");
    })
}

#[test]
fn entities_on_the_engine_have_a_double_outline() {
    let trace = whole();
    let svg = trace.entities().svg();
    let document = Document::parse(&svg).expect("it is XML");
    for (function, id, outcome) in [
        ("price", "order-7.0", "40"),
        ("charge", "order-7.1", "1042"),
        ("mail", "order-7.2", "panicked"),
        ("audit", "order-7.3", "abandoned"),
    ] {
        let name = format!("{} {function}", remote(&trace, function));
        let node = group(&document, "node", &name);
        assert!(has(node, "box remote") && has(node, "inner"), "{name}");
        assert_eq!(texts(node), [&*name, &format!("on the engine as {id}"), outcome]);
        let title = title(node);
        assert!(title.contains(&format!("\non the engine as {id}\n")), "{title}");
        assert!(title.contains("invoked by #") && title.contains("told here after"), "{title}");
    }
    assert!(svg.contains("no such &lt;address&gt; &amp; &quot;name&quot;"));
    assert!(svg.contains(">runs on the engine</text>"), "no legend");
    assert!(!svg.contains(">create</text>"), "it is invoked");
}

#[test]
fn entities_that_run_here_show_their_durable_id() {
    let trace = whole();
    let svg = trace.entities().svg();
    let document = Document::parse(&svg).expect("it is XML");
    let checkout = crate::ids(&trace, "checkout")[0];
    let node = group(&document, "node", &format!("{checkout} checkout"));
    assert!(has(node, "box") && !has(node, "box remote"));
    assert!(texts(node).contains(&String::from("durable as order-7")));
    assert!(title(node).contains("\ndurable as order-7\n"));
    let points = crate::ids(&trace, "points")[0];
    let points = group(&document, "node", &format!("{points} points"));
    assert!(!title(points).contains("durable as"));
}

#[test]
fn the_sequence_goes_to_the_engine_and_back() {
    let trace = whole();
    let svg = trace.sequence().svg();
    let document = Document::parse(&svg).expect("it is XML");
    let charge = remote(&trace, "charge");
    for said in [
        format!("invoke {charge} charge"),
        "run on the engine".into(),
        format!("await {charge}"),
        "complete with 1042".into(),
        "return 1042".into(),
        r#"panicked: no such <address> & "name""#.into(),
    ] {
        group(&document, "step", &said);
    }
    // Above and below.
    assert_eq!(svg.matches(">on the engine as order-7.1</text>").count(), 2);
    assert_eq!(svg.matches(">durable as order-7</text>").count(), 2);
    let remotes = svg.matches(r#"class="inner""#).count();
    assert_eq!(remotes, 2 * 4);
    // And the time that each of them takes.
    assert_eq!(svg.matches(r#"class="box remote""#).count(), remotes + 4);
}

#[test]
fn the_timeline_has_lanes_for_the_engine() {
    let trace = whole();
    let svg = trace.timeline().svg();
    let document = Document::parse(&svg).expect("it is XML");
    for (function, id, outcome) in
        [("charge", "order-7.1", "1042"), ("mail", "order-7.2", "✗ panicked")]
    {
        let name = format!("{} {function}", remote(&trace, function));
        let lane = group(&document, "lane", &name);
        assert!(has(lane, "box remote") && !has(lane, "queued") && !has(lane, "bar run"));
        let said = texts(lane).join("\n");
        assert!(said.contains(&format!("on the engine as {id}")), "{said}");
        assert!(said.contains(outcome), "{said}");
    }
    assert!(svg.contains(">on the engine</text>"), "no legend");
}

#[test]
fn what_the_engine_has_not_answered_is_pending() {
    let trace = midst();
    let charge = remote(&trace, "charge");
    let entities = trace.entities().svg();
    let document = Document::parse(&entities).expect("it is XML");
    let node = group(&document, "node", &format!("{charge} charge"));
    assert!(has(node, "box remote") && has(node, "pill pending"));
    assert!(entities.contains("still awaits"));
    let timeline = trace.timeline().svg();
    let document = Document::parse(&timeline).expect("it is XML");
    let lane = group(&document, "lane", &format!("{charge} charge"));
    assert!(texts(lane).join("\n").contains("… not ended"));
    let sequence = trace.sequence().svg();
    let note = sequence.split_once(">not ended: ").expect("a note").1;
    assert!(note.split_once('<').expect("it ends").0.contains(&charge.to_string()));
}

#[test]
fn several_on_the_engine_are_drawn_as_one() {
    let drawn = whole().entities().at_most(5).svg();
    assert!(drawn.contains(">on the engine") && drawn.contains("not drawn"), "{drawn}");
}

#[test]
fn nothing_of_it_is_drawn_of_a_local_run() {
    let trace = local();
    assert_local(&trace.entities().svg());
    assert_local(&trace.sequence().svg());
    assert_local(&trace.timeline().svg());
}
