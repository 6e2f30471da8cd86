//! However much has happened, a page stays small enough to open.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;
use std::time::Duration;

use async_mech::trace::{Kind, Trace, cut_values_at};
use async_mech::{EventLoop, Promise, invocable, invoke};

use crate::records::{alone, events, of_kind, record, records};

/// A few levels that are wide: 30 branches of 800 leaves, every other one with a twig. Some leaves
/// leave something slow behind, for which they do not wait.
const WIDE: u64 = 30;
const BELOW: u64 = 800;
const SLOW: Duration = Duration::from_millis(20);

#[invocable]
fn twig(n: u64) -> u64 {
    n
}

#[invocable]
fn slow() {
    std::thread::sleep(SLOW);
}

#[invocable]
fn leaf(n: u64) -> (u64, Option<Promise<()>>) {
    let n = if n.is_multiple_of(2) { invoke!(twig(n)).wait() } else { n };
    (n, (n == BELOW - 7).then(|| invoke!(slow())))
}

#[invocable]
fn branch(n: u64) -> u64 {
    let leaves: Vec<_> = (0..BELOW).map(|m| invoke!(leaf(m)).wait()).collect();
    let sum = leaves.iter().map(|leaf| leaf.0).sum::<u64>();
    leaves.into_iter().filter_map(|leaf| leaf.1).for_each(Promise::wait);
    sum + n
}

/// Recorded once: it is large.
pub(crate) fn large() -> &'static Trace {
    static LARGE: OnceLock<Trace> = OnceLock::new();
    LARGE.get_or_init(|| {
        let _alone = alone();
        let event_loop = EventLoop::builder().build();
        let events = event_loop.subscribe_bounded(1 << 20);
        event_loop.run(|| (0..WIDE).map(|n| invoke!(branch(n)).wait()).sum::<u64>());
        drop(event_loop);
        Trace::of(events.try_iter().collect::<Vec<_>>())
    })
}

#[test]
fn a_large_run_is_shown_in_part() {
    let page = large().html();
    assert!(page.len() < 8_000_000, "{}", page.len());
    let all = records(&page);
    let shown: HashSet<_> = events(&all).map(|event| event[2].as_u64().unwrap()).collect();
    assert!((4_000..=10_000).contains(&shown.len()), "{}", shown.len());
}

#[test]
fn a_page_says_how_much_it_leaves_out() {
    let all = records(&large().html());
    let omitted = all.iter().find(|record| record[0] == "omitted").expect("it is said");
    let shown: HashSet<_> = events(&all).map(|event| event[2].as_u64().unwrap()).collect();
    let had: HashSet<_> = large().events().iter().map(|event| event.execution).collect();
    assert_eq!(omitted[1], had.len() - shown.len());
    assert_eq!(omitted[2], large().events().len() - events(&all).count());
    assert_eq!(omitted[3], had.len());
    // And where.
    let below = of_kind(large(), "below");
    let sum: u64 = below.iter().map(|record| record[2].as_u64().unwrap()).sum();
    assert_eq!(omitted[1], sum);
    assert!(below.iter().all(|record| shown.contains(&record[1].as_u64().unwrap())));
}

#[test]
fn the_functions_of_a_large_run_are_counted_in_full() {
    let functions = of_kind(large(), "function");
    let counts: HashMap<_, _> =
        functions.iter().map(|row| (row[1].as_str().unwrap(), row[2].as_u64().unwrap())).collect();
    assert_eq!(
        counts,
        HashMap::from([
            ("branch", WIDE),
            ("leaf", WIDE * BELOW),
            ("slow", WIDE),
            ("twig", WIDE * BELOW / 2),
        ])
    );
    for row in &functions {
        let (total, longest) = (row[4].as_f64().unwrap(), row[5].as_f64().unwrap());
        assert!(0.0 < longest && longest <= total, "{row}");
        // What has ended after something slow was slow itself.
        let slow = ["branch", "slow"].contains(&row[1].as_str().unwrap());
        assert!(!slow || longest >= 20_000.0, "{row}");
    }
}

#[test]
fn what_is_shown_of_a_large_run_can_be_reached_from_its_roots() {
    let all = records(&large().html());
    let mut shown = HashSet::new();
    for event in events(&all) {
        let caller = event[3].as_u64().unwrap();
        // The root has no event of its own in this loop's channel, unless it was introduced there.
        assert!(caller == 0 || shown.contains(&caller) || shown.len() < 2, "{event}");
        shown.insert(event[2].as_u64().unwrap());
    }
}

#[test]
fn what_is_shown_of_a_large_run_speaks_of_nothing_else() {
    let all = records(&large().html());
    let shown: HashSet<_> = events(&all).map(|event| event[2].as_u64().unwrap()).collect();
    for event in events(&all) {
        if ["await", "suspend", "resume", "return", "link"].contains(&event[6].as_str().unwrap()) {
            assert!(shown.contains(&event[7].as_u64().unwrap()), "{event}");
        }
    }
}

#[test]
fn the_slowest_of_a_large_run_are_shown() {
    let mut started = HashMap::new();
    let mut slow = HashSet::new();
    for event in large().events() {
        match event.kind {
            Kind::Start { .. } => {
                started.insert(event.execution, event.time);
            }
            Kind::Complete { .. } if (event.time - started[&event.execution]) >= SLOW => {
                slow.insert(event.execution.as_u64());
            }
            _ => {}
        }
    }
    assert!(slow.len() as u64 >= 2 * WIDE);
    let all = records(&large().html());
    let shown: HashSet<_> = events(&all).map(|event| event[2].as_u64().unwrap()).collect();
    assert_eq!(slow.difference(&shown).collect::<Vec<_>>(), [&0; 0]);
}

#[test]
fn ten_thousand_invocations_are_all_shown() {
    let trace = record(|| {
        for n in 0..10_000 {
            invoke!(leaf(n + BELOW)).wait();
        }
    });
    let all = records(&trace.html());
    assert_eq!(events(&all).count(), trace.events().len());
    assert!(all.iter().all(|record| record[0] != "omitted"));
}

#[test]
fn very_many_long_values_are_cut_short_and_counted() {
    #[invocable]
    fn echo(text: String) -> String {
        text
    }
    cut_values_at(2 << 20);
    let trace = record(|| {
        for _ in 0..8 {
            invoke!(echo("y".repeat(1 << 20))).wait();
        }
    });
    let page = trace.html();
    assert!(page.len() < 10_000_000, "{}", page.len());
    // Of 16 megabytes, 8 have room; what was cut says so.
    let all = records(&page);
    let cut = all.last().unwrap();
    assert_eq!(cut[0], "cut");
    let count = cut[1].as_u64().unwrap();
    assert!((8..=9).contains(&count), "{count}");
    let marked = page.matches('…').count() - Trace::of([]).html().matches('…').count();
    assert_eq!(marked as u64, count);
}
