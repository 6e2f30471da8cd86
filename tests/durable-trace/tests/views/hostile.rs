//! An engine's ids are whatever its users chose.

use roxmltree::Document;
use tests_durable_trace::whole_as;

use crate::records::records;
use crate::{mermaid, rules};

const MARKUP: &str = "</script><b onload='x'>&\"%%;#35;|[]\n end";
const RIGHT_TO_LEFT: &str = "\u{202e}\u{5d0}\u{5d1}\u{2066}";

#[test]
fn no_id_breaks_a_view() {
    let long = format!("{}{}", "long".repeat(40), "THE-END");
    let mut diagrams = Vec::new();
    for id in [MARKUP, RIGHT_TO_LEFT, &*long] {
        let trace = whole_as(id);
        for svg in [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()] {
            let document = Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
            assert!(!document.descendants().any(|node| node.has_tag_name("b")));
            assert!(!svg.contains('\u{202e}'));
        }
        diagrams.extend([trace.entities().mermaid(), trace.sequence().mermaid()]);
        assert_eq!(rules::check(&trace.perfetto()).apart.len(), 4);
        let mut records = records(&trace).into_iter().filter(|record| record[6] == "durable");
        assert_eq!(records.next().expect("it is durable")[8], id);
    }
    // Of a long one both ends are shown: the last part tells it from others.
    let last = diagrams.last().expect("there are some");
    assert!(last.contains("END.1\n") && last.contains("<br/>on the engine as long"), "{last}");
    let Some(answers) = mermaid::understood(&diagrams) else { return };
    for (diagram, answer) in diagrams.iter().zip(answers) {
        assert!(answer.get("error").is_none(), "{answer:#}\n{diagram}");
    }
}
