//! Many children, many scopes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use crate::with_loop;
use async_mech::{EventLoop, Promise, scope};
use tests::{Random, Watchdog};

/// What exists, and what is meant to be leaked.
#[derive(Default)]
struct Tally {
    alive: AtomicUsize,
    leaked: AtomicUsize,
}

/// Something that borrows, and is counted while it lives.
struct Counted<'a>(&'a Tally);

impl<'a> Counted<'a> {
    fn new(tally: &'a Tally) -> Counted<'a> {
        tally.alive.fetch_add(1, SeqCst);
        Counted(tally)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, SeqCst);
    }
}

/// A scope of random children; what it borrows is gone when it returns. True if it failed.
fn random_scope(random: &mut Random, depth: u32) -> bool {
    let tally = Tally::default();
    let failed = catch_unwind(AssertUnwindSafe(|| {
        scope(|s| {
            for _ in 0..random.below(12) {
                let mut inner = random.fork();
                let captured = Counted::new(&tally);
                let what = random.below(20);
                let p = s.invoke(move || {
                    let value = Counted::new(captured.0);
                    match what {
                        // Without a message.
                        0 => std::panic::resume_unwind(Box::new("at random")),
                        1 => std::thread::yield_now(),
                        2 | 3 if depth > 0 && random_scope(&mut inner, depth - 1) => {
                            std::panic::resume_unwind(Box::new("below"))
                        }
                        _ => {}
                    }
                    drop(captured);
                    value
                });
                match random.below(8) {
                    0 => drop(p.outcome()),
                    1 => s.invoke(move || drop(p.outcome())).detach(),
                    2 => {
                        p.cancel();
                    }
                    3 if random.once_in(4) => {
                        // Whether there will be a value is open: so is whether one is leaked.
                        tally.leaked.fetch_add(1, SeqCst);
                        std::mem::forget(p);
                    }
                    4 => drop(p.wait()),
                    _ => p.detach(),
                }
            }
            if random.once_in(20) {
                std::panic::resume_unwind(Box::new("the body"));
            }
        });
    }));
    let (alive, leaked) = (tally.alive.into_inner(), tally.leaked.into_inner());
    assert!(alive <= leaked, "{alive} alive, {leaked} of them leaked at most");
    failed.is_err()
}

#[test]
fn nothing_that_borrows_outlives_scopes_of_random_children() {
    for (most, lend) in [(None, true), (None, false), (Some(2), true), (Some(2), false)] {
        let mut builder = EventLoop::builder().lend_threads(lend);
        if let Some(most) = most {
            builder = builder.max_threads(most);
        }
        let event_loop = builder.build();
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| {
            let mut random = Random::new(7);
            let failed = (0..250).filter(|_| random_scope(&mut random, 3)).count();
            assert!((1..250).contains(&failed), "{failed}");
        });
    }
}

#[test]
fn a_scope_has_many_children() {
    with_loop(|| {
        let numbers: Vec<u64> = (0..20_000).collect();
        let total = AtomicUsize::new(0);
        let doubled: u64 = scope(|s| {
            let doubled: Vec<_> = numbers.iter().map(|n| s.invoke(move || n * 2)).collect();
            for n in &numbers {
                let total = &total;
                s.invoke(move || total.fetch_add(*n as usize, SeqCst)).detach();
            }
            doubled.into_iter().map(Promise::wait).sum()
        });
        let sum: u64 = numbers.iter().sum();
        assert_eq!((doubled, total.into_inner() as u64), (2 * sum, sum));
    });
}

#[test]
fn scopes_nest_deep() {
    fn nest(depth: u32, bottom: &AtomicUsize) {
        if depth == 0 {
            bottom.fetch_add(1, SeqCst);
        } else {
            scope(|s| s.invoke(|| nest(depth - 1, bottom)).detach());
        }
    }
    with_loop(|| {
        let bottom = AtomicUsize::new(0);
        nest(1_000, &bottom);
        assert_eq!(bottom.into_inner(), 1);
    });
}
