//! What a span costs where nobody wants it: nothing is allocated. A program of its own, which counts
//! allocations and has one global subscriber: where several come and go at once, `tracing` may ask one
//! of them less often than it should.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use async_mech::invoke;
use tests::with_a_busy_loop;
use tests_tracing::Spans;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};

thread_local!(static COUNT: Cell<usize> = const { Cell::new(0) });

struct Counting;

#[allow(unsafe_code, reason = "an allocator cannot be written otherwise")]
// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of this thread while it invokes and awaits so many.
fn allocations(pairs: usize) -> usize {
    with_a_busy_loop(true, || {
        let once = || invoke!(|| 1).wait();
        // What is allocated at first.
        (0..100).for_each(|_| assert_eq!(once(), 1));
        let before = COUNT.get();
        (0..pairs).for_each(|_| assert_eq!(once(), 1));
        COUNT.get() - before
    })
}

fn leaf() {
    let _leaf = tracing::info_span!("leaf").entered();
}

#[test]
fn a_span_that_nobody_wants_allocates_nothing() {
    // Not even the promise: its cell is used again each time.
    assert_eq!(allocations(1_000), 0, "without a subscriber");
    let spans = Spans::default();
    let filter = Targets::new().with_target("async_mech", LevelFilter::WARN);
    let filter = filter.with_default(LevelFilter::TRACE);
    let subscriber = tracing_subscriber::registry().with(spans.clone().with_filter(filter));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    assert_eq!(allocations(1_000), 0, "with one that wants none");
    assert!(spans.seen().is_empty());
    invoke!(leaf()).wait();
    invoke!(|| 1).then(|_| 2).wait();
    assert_eq!(spans.tree(), "leaf\n", "but others");
}
