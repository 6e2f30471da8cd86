//! Names and values that mean something to Mermaid, to XML or to those who read from right to left.

use std::fmt;

use async_mech::invocable;
use async_mech::invoke;
use async_mech::trace::{Event, Trace};

use crate::drawn::parsed;
use crate::recorded::events;

/// Its `Debug` is what it holds, unquoted.
#[derive(Clone)]
struct Raw(String);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[invocable]
fn echo(text: Raw) -> Raw {
    text
}

const HOSTILE: &[&str] = &[
    "Vec<Option<T>>::f::<'a, { N + 1 }>",
    "{{closure}}",
    "quotes \" ' ` and \\ backslashes \\n \\",
    "</script><!-- --> ]]> <b>bold</b> &amp; &#35;",
    "</style></svg></title><script>alert(1)</script>",
    "a;b;c # not a comment #35; #quot; ;",
    "two\nlines\r\nand\ttabs\u{2028}\u{2029}",
    "\u{202e}turned\u{202c} \u{2066}isolated",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "\u{645}\u{631}\u{62d}\u{628}\u{627} 12",
    "\0\u{1}\u{b}\u{1f}\u{7f}\u{80}\u{9f}\u{feff}\u{fffe}\u{ffff}\u{10ffff}",
    "ﬂ°°35¶ß ﬂ°amp¶ß",
    "%% comment",
    "%%{init: {\"theme\": \"dark\"}}%%",
    "-->",
    "->> EL: hello",
    "--- o",
    "--x",
    "==>|text|",
    "A@{ shape: circle }",
    "end",
    "END",
    "loop",
    "participant",
    "subgraph",
    "graph",
    "default",
    "class",
    "click",
    "style",
    "classDef",
    "linkStyle",
    "o",
    "x",
    "as",
    "note",
    "activate",
    "deactivate",
    "title",
    "accTitle: a",
    "autonumber",
    "rect",
    "style a:#fff;",
    "classDef a:#fff;",
    "wrap: text",
    "nowrap: text",
    "*bold* _slanted_ ~gone~ `code` [link](there) 1. one",
    "$$x^2$$",
    "fa:fa-car",
    "href=\"javascript:alert(1)\"",
    "",
    " ",
    "👩‍👩‍👧 日本語 e\u{301}",
];

fn with(name: &'static str) -> Vec<Event> {
    let mut events = events(|| {
        let _ = invoke!(echo(Raw(name.into()))).wait();
    });
    for event in &mut events {
        event.site.name = name;
        event.site.definition = None;
    }
    events
}

pub(crate) fn all() -> Vec<Trace> {
    HOSTILE.iter().map(|name| Trace::of(with(name))).collect()
}

#[test]
fn no_name_and_no_value_breaks_a_drawing() {
    for trace in all() {
        for svg in [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()] {
            let tags = parsed(&svg);
            for tag in tags {
                assert!(!matches!(&*tag, "script" | "b" | "a" | "foreignObject"), "{svg}");
            }
        }
    }
}

#[test]
fn nothing_in_mermaid_text_is_more_than_a_name() {
    for trace in all() {
        for text in [trace.entities().mermaid(), trace.sequence().mermaid()] {
            for c in ['<', '>', '&', '\\', '`', '%', '$', '*', '\u{202e}', '\0', '\r'] {
                let ours = text
                    .replace("->>", "")
                    .replace("-->", "")
                    .replace("-.->", "")
                    .replace("==>", "");
                assert!(!ours.contains(c), "{c:?} in {text}");
            }
        }
    }
}

#[test]
fn what_runs_from_right_to_left_turns_nothing_else_around() {
    let trace = Trace::of(with("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"));
    let isolated = "\u{2066}\u{5e9}\u{5dc}\u{5d5}\u{5dd}";
    assert!(trace.sequence().svg().contains(isolated));
    assert!(trace.sequence().mermaid().contains(isolated));
    assert!(trace.entities().svg().contains(isolated));
    assert!(trace.timeline().svg().contains(isolated));
}

#[test]
fn what_would_turn_the_rest_around_is_spelt_out() {
    let trace = Trace::of(with("\u{202e}live"));
    for text in [
        trace.entities().mermaid(),
        trace.entities().svg(),
        trace.sequence().svg(),
        trace.timeline().svg(),
    ] {
        assert!(!text.contains('\u{202e}') && text.contains("202e"), "{text}");
    }
}

#[test]
fn a_value_of_a_megabyte_is_cut() {
    async_mech::trace::cut_values_at(2 << 20);
    let trace = Trace::of(events(|| {
        let _ = invoke!(echo(Raw("\"<&;#".repeat(1 << 20)))).wait();
    }));
    async_mech::trace::cut_values_at(200);
    for text in [trace.entities().mermaid(), trace.sequence().mermaid()] {
        assert!(text.len() < 4_000, "{}", text.len());
    }
    for svg in [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()] {
        assert!(svg.len() < 40_000, "{}", svg.len());
        parsed(&svg);
    }
}

#[test]
fn a_name_of_a_megabyte_is_cut() {
    let name: &'static str = Box::leak("x<".repeat(1 << 19).into_boxed_str());
    let trace = Trace::of(with(name));
    for text in [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()] {
        assert!(text.len() < 40_000, "{}", text.len());
    }
}
