//! The tree of spans is the tree of invocations, whoever runs them.

use std::collections::HashMap;

use async_mech::trace::Kind;
use async_mech::{EventLoop, Promise, invocable, invoke, map_bounded, scope};
use tests::{Watchdog, occupy};
use tests_tracing::Spans;
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt;

/// Runs `f` on the loop with a subscriber of its own; gives the spans, all of them over.
fn spans_of(event_loop: &EventLoop, f: impl FnOnce()) -> Spans {
    let _watchdog = Watchdog::over(event_loop);
    let spans = Spans::default();
    let subscriber = tracing_subscriber::registry().with(spans.clone());
    tracing::subscriber::with_default(subscriber, || event_loop.run(f));
    spans.assert_over(1);
    spans
}

/// Loops that lend threads, that never do, and whose only thread is busy, so that awaiters run all.
fn on_loops_of_all_sorts(test: impl Fn(&EventLoop)) {
    test(&EventLoop::builder().build());
    test(&EventLoop::builder().lend_threads(false).build());
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = occupy(&event_loop, 1);
    test(&event_loop);
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[invocable]
fn fib(n: u32) -> u32 {
    if n < 2 {
        return n;
    }
    let (a, b) = (invoke!(fib(n - 1)), invoke!(fib(n - 2)));
    a.await + b.await
}

#[invocable(own_thread)]
fn own_thread() -> u32 {
    invoke!(leaf()).await
}

fn leaf() -> u32 {
    1
}

#[test]
fn a_callee_s_span_is_a_child_of_its_caller_s() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || assert_eq!(invoke!(fib(3)).wait(), 2));
        let tree = "\
fib
  fib
  fib
    fib
    fib
";
        assert_eq!(spans.tree(), tree);
    });
}

#[test]
fn spans_have_the_ids_and_callers_of_the_events() {
    on_loops_of_all_sorts(|event_loop| {
        let events = event_loop.subscribe();
        let spans = spans_of(event_loop, || {
            invoke!(fib(6)).wait();
            let doubled = invoke!(leaf()).then(|n| 2 * n);
            assert_eq!(doubled.wait(), 2);
            scope(|s| invoke!(s => invoke!(leaf()).wait()).wait());
            invoke!(own_thread()).wait();
        });
        let invoked = events.try_iter().filter(|event| matches!(event.kind, Kind::Invoke));
        let mut invoked: Vec<_> = invoked
            .map(|event| (event.execution.as_u64(), event.caller.unwrap().as_u64()))
            .collect();
        invoked.sort();
        let seen = spans.seen();
        let number = |index: usize, name| seen[index].field(name).unwrap().parse().unwrap();
        let mut pairs: Vec<(u64, u64)> =
            (0..seen.len()).map(|index| (number(index, "id"), number(index, "caller"))).collect();
        let by_id: HashMap<_, _> = pairs.iter().map(|&(id, _)| id).zip(0..).collect();
        for (span, (_, caller)) in seen.iter().zip(&pairs) {
            assert_eq!(span.parent, by_id.get(caller).copied(), "{span:?}");
        }
        pairs.sort();
        assert_eq!(pairs, invoked);
    });
}

#[test]
fn what_spans_say() {
    let line = line!() + 2;
    let spans = spans_of(&EventLoop::builder().build(), || {
        let p = invoke!(fib(1));
        assert_eq!(invoke!(leaf()).wait() + p.wait(), 2);
    });
    let fib = spans.of("fib");
    assert_eq!((fib.name, fib.target), ("invocation", "async_mech"));
    assert_eq!(fib.field("code.file.path"), Some(file!()));
    assert_eq!(fib.field("code.line.number"), Some(&*line.to_string()));
    assert_eq!(fib.field("code.function.name"), Some("tree::fib"));
    assert_eq!(fib.field("otel.status_code"), None);
    assert_eq!(spans.of("leaf").field("code.function.name"), None);
}

#[test]
fn a_span_made_in_a_body_is_a_child_and_a_parent() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || {
            let _request = info_span!("request").entered();
            let p = invoke!(|| {
                let _step = info_span!("step").entered();
                invoke!(leaf()).wait()
            });
            let _other = info_span!("other").entered();
            p.wait();
        });
        let tree = "\
request
  closure
    step
      leaf
  other
";
        assert_eq!(spans.tree(), tree);
    });
}

#[test]
fn an_awaiter_that_lent_its_thread_is_in_its_own_span_again() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || {
            let outer = invoke!(outer());
            outer.wait();
            tracing::info!("in no span");
        });
        assert_eq!(spans.of("outer").events, ["before", "after"]);
        assert_eq!(spans.of("leaf").events, [""; 0]);
        assert_eq!(spans.of("fails").events, [""; 0]);
    });
}

#[invocable]
fn outer() {
    tracing::info!("before");
    invoke!(leaf()).await;
    let fails = invoke!(fails("quietly"));
    assert!(fails.outcome().is_err());
    tracing::info!("after");
}

fn fails(message: &'static str) {
    std::panic::resume_unwind(Box::new(message));
}

#[test]
fn a_function_invoked_by_then_is_a_child_of_the_caller_of_then() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || {
            let (input, resolver) = async_mech::promise();
            let then = {
                let _caller = info_span!("caller").entered();
                input.then(|n: u32| n + invoke!(leaf()).wait())
            };
            let _resolver = info_span!("resolver").entered();
            invoke!(move || resolver.resolve(1)).wait();
            assert_eq!(then.wait(), 2);
        });
        let tree = spans.tree();
        let caller = tree.strip_suffix("resolver\n  closure\n").expect(&tree);
        let [first, second, third] = *caller.lines().collect::<Vec<_>>() else { panic!("{tree}") };
        assert_eq!((first, third), ("caller", "    leaf"));
        assert!(second.starts_with("  tree::"), "{tree}");
    });
}

#[test]
fn what_then_does_not_invoke_has_no_span() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || {
            let then = invoke!(fails("quietly")).then(|()| 1);
            assert!(then.outcome().is_err());
        });
        assert_eq!(spans.tree(), "fails\n");
    });
}

#[test]
fn a_thread_of_its_own_is_in_the_same_span() {
    on_loops_of_all_sorts(|event_loop| {
        let spans = spans_of(event_loop, || {
            let _request = info_span!("request").entered();
            // Its awaiter lends its thread, or another one is quicker.
            (0..50).for_each(|_| assert_eq!(invoke!(own_thread()).wait(), 1));
        });
        let once = "  own_thread\n    leaf\n";
        assert_eq!(spans.tree(), format!("request\n{}", once.repeat(50)));
    });
}

#[test]
fn items_are_children_of_whoever_asks_for_the_next() {
    let spans = spans_of(&EventLoop::builder().build(), || {
        let mut items = map_bounded(0..3, 1, |n| n);
        let first = info_span!("first").in_scope(|| items.next());
        assert_eq!(first.unwrap().unwrap(), 0);
        let _others = info_span!("others").entered();
        assert_eq!(items.map(Result::unwrap).collect::<Vec<_>>(), [1, 2]);
    });
    let seen = spans.seen();
    let parents = seen.iter().filter_map(|item| Some(seen[item.parent?].name));
    assert_eq!(parents.collect::<Vec<_>>().first(), Some(&"first"));
    assert!(seen.iter().all(|span| span.parent.is_some() == (span.name == "invocation")));
}

#[test]
fn children_of_a_scope_are_children_of_whoever_opened_it() {
    on_loops_of_all_sorts(|event_loop| {
        let words = ["call", "and", "return"];
        let spans = spans_of(event_loop, || {
            let _request = info_span!("request").entered();
            scope(|s| {
                for word in &words {
                    invoke!(s => length(word)).detach();
                }
            });
        });
        assert_eq!(spans.tree(), "request\n  length\n  length\n  length\n");
    });
}

fn length(word: &str) -> usize {
    word.len()
}
