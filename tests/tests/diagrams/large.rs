//! Large runs: a bounded diagram, which says what is not in it.

use async_mech::trace::Trace;
use async_mech::{Promise, invocable, invoke};

use crate::drawn::{assert_apart, parsed};
use crate::recorded::recorded;

#[invocable]
fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
    a.await + b.await
}

#[invocable]
fn page(n: u32) -> u32 {
    invoke!(word(n)).await
}

#[invocable]
fn word(n: u32) -> u32 {
    assert!(n != 7, "no word");
    n
}

fn pages(count: u32) -> Trace {
    recorded(|| {
        let pages: Vec<_> = (0..count).map(|n| invoke!(page(n))).collect();
        pages.into_iter().map(Promise::outcome).for_each(drop);
    })
}

/// Each awaits the next.
#[invocable]
fn chain(n: u32) -> u32 {
    if n == 0 { 0 } else { invoke!(chain(n - 1)).await + 1 }
}

pub(crate) fn all() -> Vec<Trace> {
    vec![
        recorded(|| assert_eq!(invoke!(fib(13)).wait(), 233)),
        pages(1_234),
        recorded(|| assert_eq!(invoke!(chain(90)).wait(), 90)),
        pages(140),
    ]
}

#[test]
fn a_large_run_is_still_a_diagram() {
    for trace in all() {
        for svg in [trace.entities().svg(), trace.sequence().svg(), trace.timeline().svg()] {
            parsed(&svg);
            assert!(svg.len() < 1_200_000, "{}", svg.len());
        }
        for text in [trace.entities().mermaid(), trace.sequence().mermaid()] {
            assert!(text.len() < 50_000, "{}", text.len());
        }
    }
}

#[test]
fn what_runs_the_same_function_for_the_same_callers_is_one() {
    let trace = pages(1_234);
    for text in [trace.entities().svg(), trace.entities().mermaid()] {
        for said in ["page ×1,234", "word ×1,234", "1,233 completed, 1 failed", "2,469 executions"]
        {
            assert!(text.contains(said), "no {said} in {text}");
        }
    }
    assert!(trace.entities().mermaid().contains("await ×1,234"));
}

#[test]
fn up_to_the_limit_each_is_itself() {
    let entities = |trace: &Trace| trace.entities().svg().matches("class=\"node\"").count();
    let trace = pages(10);
    assert_eq!(entities(&trace), 21);
    assert_eq!(trace.entities().at_most(21).svg(), trace.entities().svg());
    assert_eq!(trace.entities().at_most(20).svg().matches("class=\"node\"").count(), 3);
}

#[test]
fn what_is_left_out_is_counted() {
    let trace = recorded(|| assert_eq!(invoke!(chain(30)).wait(), 30));
    let svg = trace.entities().at_most(10).svg();
    assert_eq!(svg.matches("class=\"node\"").count(), 10);
    assert!(svg.contains("22 of them are not drawn"), "{svg}");
    let sequence = trace.sequence();
    let all = sequence.clone().at_most(usize::MAX).mermaid();
    assert!(!all.contains("not drawn"), "{all}");
    let messages = |text: &str| text.matches(">>").count() + text.matches("-x").count();
    let some = sequence.at_most(17).mermaid();
    assert_eq!(messages(&some), 17);
    let left = messages(&all) - 17;
    assert!(some.contains(&format!("{left} more events not drawn")), "{some}");
    let timeline = trace.timeline().at_most(5).svg();
    assert_eq!(timeline.matches("class=\"lane\"").count(), 5);
    assert!(timeline.contains("27 more executions not drawn"));
}

#[test]
fn no_limit_is_too_small_or_too_large() {
    for trace in all() {
        for most in [0, 1, 2] {
            parsed(&trace.entities().at_most(most).svg());
            parsed(&trace.sequence().at_most(most).svg());
            parsed(&trace.timeline().at_most(most).svg());
        }
        parsed(&trace.entities().at_most(usize::MAX).svg());
        parsed(&trace.sequence().at_most(usize::MAX).svg());
        parsed(&trace.timeline().at_most(usize::MAX).svg());
        assert!(trace.entities().at_most(usize::MAX).mermaid().len() < 50_000);
        assert!(trace.sequence().at_most(usize::MAX).mermaid().len() < 50_000);
    }
}

#[test]
fn there_are_no_more_edges_than_mermaid_takes() {
    // Of 201 entities, each but the root is invoked, awaited and completed.
    let text = pages(100).entities().at_most(usize::MAX).mermaid();
    let edges = text.matches("->").count();
    assert!((1..=500).contains(&edges), "{edges} in {text}");
    assert!(
        pages(100).entities().at_most(usize::MAX).svg().matches("class=\"edge\"").count() == 400
    );
}

#[test]
fn nothing_stands_on_anything_else() {
    for trace in all() {
        assert_apart(&trace.entities().at_most(usize::MAX).svg());
    }
}
