//! Everything at once, at random: trees of invocations that combine, link, cancel, time out, scope,
//! bound and panic. Nothing hangs, nothing is left, and nobody is told of a deadlock, for there is
//! none.
//!
//! Seeded; a failure names the seed of its run. The sleeps are load and synchronise nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_mech::{
    EventLoop, Failure, FailureKind, Promise, checkpoint, invoke, map_bounded, promise, scope,
    sleep,
};
use tests::{Random, Watchdog, runs, until_no_promises};

/// How many trees each of the tests below grows.
const RUNS: u64 = 150;

/// Bodies that have begun and have not ended.
#[derive(Default)]
struct Running(AtomicUsize);

struct Body<'a>(&'a Running);

impl<'a> Body<'a> {
    fn begin(running: &'a Running) -> Body<'a> {
        running.0.fetch_add(1, Ordering::SeqCst);
        Body(running)
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether somebody was told of a deadlock.
static ALARM: AtomicBool = AtomicBool::new(false);

/// Looks at what went wrong, if anything did.
fn look<T>(outcome: Result<T, Failure>) -> Option<T> {
    outcome
        .map_err(|failure| {
            if matches!(failure.kind(), FailureKind::Deadlock | FailureKind::Abandoned) {
                eprintln!("{failure}");
                ALARM.store(true, Ordering::SeqCst);
            }
        })
        .ok()
}

fn node(seed: u64, depth: u64, running: Arc<Running>) -> u64 {
    let _body = Body::begin(&running);
    let mut random = Random::new(seed);
    match random.below(12) {
        0 => sleep(Duration::from_micros(random.below(300))),
        1 => checkpoint(),
        2 => panic!("meant"),
        _ => {}
    }
    if depth == 0 {
        return 1;
    }
    let mut child = || {
        let (seed, running) = (random.below(1 << 40), Arc::clone(&running));
        invoke!(node(seed, depth - 1, running))
    };
    let children: Vec<Promise<u64>> = (0..3).map(|_| child()).collect();
    combine(Random::new(seed ^ 0x5eed), children, depth, &running)
}

fn combine(
    mut random: Random,
    mut children: Vec<Promise<u64>>,
    depth: u64,
    running: &Arc<Running>,
) -> u64 {
    if random.once_in(3) {
        let at = random.below(3) as usize;
        children[at].cancel();
    }
    match random.below(10) {
        0 => look(Promise::all(children).outcome()).map_or(0, |values| values.iter().sum()),
        1 => look(Promise::race(children).outcome()).unwrap_or(0),
        2 => Promise::any(children).outcome().unwrap_or(0),
        3 => {
            let (a, b, c) = (children.remove(0), children.remove(0), children.remove(0));
            let sum = Promise::all([a, b]).then(|values| values.iter().sum::<u64>());
            let both = invoke!(move || (sum, c)).then(|(sum, c)| Promise::all([sum, c]));
            look(both.flatten().outcome()).map_or(0, |values| values.iter().sum())
        }
        4 => Promise::as_completed(children).take(2).filter_map(|(_, value)| look(value)).sum(),
        5 => {
            let all = Promise::all_settled(children);
            let canceller = all.canceller();
            let timed = all.wait_timeout(Duration::from_micros(random.below(500)));
            timed.map_or_else(
                |timed_out| {
                    canceller.cancel();
                    drop(timed_out);
                    0
                },
                |all| look(all).map_or(0, |all| all.into_iter().filter_map(look).sum()),
            )
        }
        6 => {
            let seeds: Vec<u64> = (0..4).map(|_| random.below(1 << 40)).collect();
            let scoped = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    let handles: Vec<_> = seeds
                        .iter()
                        .map(|seed| invoke!(s => node(*seed, depth - 1, Arc::clone(running))))
                        .collect();
                    handles.into_iter().filter_map(|handle| look(handle.outcome())).sum::<u64>()
                })
            }));
            match scoped {
                Ok(sum) => sum,
                Err(payload) => match payload.downcast::<Failure>() {
                    // The scope's failure, or that of an execution which is itself cancelled.
                    Ok(failure) => look(Err(*failure)).unwrap_or(0),
                    Err(payload) => std::panic::resume_unwind(payload),
                },
            }
        }
        7 => {
            let (p, resolver) = promise();
            invoke!(move || resolver
                .resolve(children.pop().map_or(0, |child| { look(child.outcome()).unwrap_or(0) })))
            .detach();
            p.wait_timeout(Duration::from_secs(100)).map_or(0, |value| value.unwrap_or(0))
        }
        8 => {
            let running = Arc::clone(running);
            let f = move |seed| node(seed, depth - 1, Arc::clone(&running));
            let seeds = std::iter::repeat_with(move || random.below(1 << 40)).take(5);
            map_bounded(seeds, 2, f).take(3).filter_map(look).sum()
        }
        _ => children.into_iter().map(Promise::wait).sum(),
    }
}

/// The bodies' own panics are meant, and are many: no message.
fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<&str>() != Some(&"meant") {
                ALARM.store(true, Ordering::SeqCst);
                previous(info);
            }
        }));
    });
}

fn chaos(lend: bool, most: Option<usize>, first_seed: u64) {
    hush();
    let mut builder = EventLoop::builder().lend_threads(lend);
    if let Some(most) = most {
        builder = builder.max_threads(most);
    }
    let event_loop = builder.build();
    let running = Arc::new(Running::default());
    for seed in first_seed..first_seed + runs(RUNS) {
        let _watchdog = Watchdog::over(&event_loop);
        let counted = Arc::clone(&running);
        let root = event_loop.invoke(move || node(seed, 4, counted));
        if seed % 3 == 0 {
            root.cancel();
        }
        look(root.outcome());
        until_no_promises(&event_loop);
        assert_eq!(running.0.load(Ordering::SeqCst), 0, "seed {seed}");
        assert!(!ALARM.load(Ordering::SeqCst), "seed {seed}, or one beside it");
    }
}

#[test]
fn with_lending() {
    chaos(true, None, 1_000);
}

#[test]
fn without_lending() {
    chaos(false, None, 2_000);
}

#[test]
fn at_a_ceiling_of_one_thread() {
    chaos(true, Some(1), 3_000);
}

#[test]
fn at_a_ceiling_of_two_threads_without_lending() {
    chaos(false, Some(2), 4_000);
}
