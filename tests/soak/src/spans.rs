//! A subscriber of `tracing` that only counts: each span that was opened is closed once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Handles of spans that were made, and that were given up.
static MADE: AtomicU64 = AtomicU64::new(0);
static GIVEN_UP: AtomicU64 = AtomicU64::new(0);
static SPANS: AtomicU64 = AtomicU64::new(0);
static ENTERED: AtomicU64 = AtomicU64::new(0);
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Counts the spans of the whole process from now on.
///
/// # Panics
///
/// If there is another subscriber.
pub fn count() {
    tracing::subscriber::set_global_default(Counting).expect("no other subscriber");
}

/// How many spans there were.
#[must_use]
pub fn opened() -> u64 {
    SPANS.load(Relaxed)
}

/// How many handles of spans somebody still has, and how many spans are entered. It is no instant
/// while something runs.
#[must_use]
pub fn left() -> (u64, u64) {
    let (given_up, left) = (GIVEN_UP.load(Relaxed), LEFT.load(Relaxed));
    (MADE.load(Relaxed) - given_up, ENTERED.load(Relaxed) - left)
}

struct Counting;

impl Subscriber for Counting {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "async_mech"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        MADE.fetch_add(1, Relaxed);
        Id::from_u64(1 + SPANS.fetch_add(1, Relaxed))
    }

    fn clone_span(&self, id: &Id) -> Id {
        MADE.fetch_add(1, Relaxed);
        id.clone()
    }

    fn try_close(&self, _: Id) -> bool {
        GIVEN_UP.fetch_add(1, Relaxed);
        false
    }

    fn enter(&self, _: &Id) {
        ENTERED.fetch_add(1, Relaxed);
    }

    fn exit(&self, _: &Id) {
        LEFT.fetch_add(1, Relaxed);
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}
}
