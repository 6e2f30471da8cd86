//! Every hook that a user supplies panics, now and then and all together: bodies, arguments, values,
//! payloads and errors as they are dropped, cloned or shown, observers, context hooks, wakers, the
//! iterators and functions given to combinators. Nothing hangs, no thread is lost, nothing is left.
//!
//! What each of them means by itself is tested by topic in `tests/tests`: `failure.rs`,
//! `holders.rs`, `futures.rs`, `resolver.rs`, and the folders `combinators`, `context`, `events`,
//! `scope` and `trace_values`.

use std::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::thread;

use async_mech::trace::Event;
use async_mech::{EventLoop, Promise, inherit, invocable, invoke, map_bounded, promise, scope};
use tests::{Random, Watchdog, until_no_promises};

/// Rounds on each loop.
const ROUNDS: u64 = 400;

static HOSTILE: AtomicBool = AtomicBool::new(false);
/// How often each hook was asked, and panicked.
static ASKED: AtomicUsize = AtomicUsize::new(0);
static PANICKED: AtomicUsize = AtomicUsize::new(0);

/// What is meant to happen, and need not be printed.
struct Meant;

/// Panics once in a while, but for a destructor that runs since something else has: that ends a
/// process.
fn perhaps() {
    if HOSTILE.load(Ordering::Relaxed)
        && !thread::panicking()
        && ASKED.fetch_add(1, Ordering::Relaxed).is_multiple_of(6)
    {
        PANICKED.fetch_add(1, Ordering::Relaxed);
        panic_any(Meant);
    }
}

/// An argument, a value, a payload, an error, a waker, something that a hook returns.
struct Hostile;

impl Drop for Hostile {
    fn drop(&mut self) {
        perhaps();
    }
}

impl Clone for Hostile {
    fn clone(&self) -> Hostile {
        perhaps();
        Hostile
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        perhaps();
        f.write_str("hostile")
    }
}

impl fmt::Display for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        perhaps();
        f.write_str("hostile")
    }
}

impl Error for Hostile {}

impl Wake for Hostile {
    fn wake(self: Arc<Self>) {
        perhaps();
    }
}

#[invocable]
fn function(depth: u32, argument: Hostile) -> Hostile {
    perhaps();
    if depth > 0 {
        drop(invoke!(function(depth - 1, argument.clone())).await);
    } else if ASKED.fetch_add(1, Ordering::Relaxed).is_multiple_of(9) {
        panic_any(Hostile);
    }
    argument
}

fn some() -> Promise<Hostile> {
    invoke!(function(1, Hostile))
}

/// An input that panics as it is pulled.
fn inputs(of: usize) -> impl Iterator<Item = Promise<Hostile>> {
    (0..of).map(|_| {
        perhaps();
        some()
    })
}

fn one(kind: u64) {
    match kind {
        0 => drop(some().outcome()),
        1 => {
            let p = some();
            let others: Vec<_> = (0..3).map(|_| p.clone()).map(|q| invoke!(|| q.wait())).collect();
            drop(p.outcome());
            others.into_iter().for_each(|other| drop(other.outcome()));
        }
        2 => drop(Promise::all(inputs(3)).outcome()),
        3 => drop(Promise::race(inputs(3)).outcome()),
        4 => drop(Promise::any(inputs(3)).outcome()),
        5 => drop(Promise::all_settled(inputs(3)).outcome()),
        6 => Promise::as_completed(inputs(3)).take(2).for_each(drop),
        7 => {
            let captured = Hostile;
            let p = some().then(move |value| (captured.clone(), value));
            drop(p.then(|_| some()).flatten().outcome());
        }
        8 => {
            let (p, resolver) = promise::<Hostile>();
            invoke!(move || resolver.fail(Hostile)).detach();
            drop(p.outcome());
        }
        9 => {
            let (p, resolver) = promise();
            invoke!(move || resolver.resolve(Hostile)).detach();
            drop(p.outcome());
        }
        10 => {
            let waker = Waker::from(Arc::new(Hostile));
            let p = some();
            let q = p.clone();
            let polled = pin!(q.into_future()).poll(&mut Context::from_waker(&waker));
            drop((polled, p.outcome()));
        }
        11 => {
            let p = some();
            p.cancel();
            drop(p.outcome());
        }
        12 => {
            let local = Hostile;
            scope(|s| {
                invoke!(s => || drop(local.clone())).detach();
                s.invoke(|| local.clone()).wait()
            });
        }
        13 => {
            let items = (0..5).map(|_| {
                perhaps();
                Hostile
            });
            map_bounded(items, 2, |item| function(1, item)).take(3).for_each(drop);
        }
        14 => drop(some().receiver()),
        15 => drop(async_mech::wait((some(), some()))),
        _ => some().detach(),
    }
}

/// Context hooks, for the whole process.
fn hooks() {
    inherit(|| {
        perhaps();
        let captured = Hostile;
        move || {
            perhaps();
            captured
        }
    });
}

fn hush() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Meant>() && !info.payload().is::<Hostile>() {
            previous(info);
        }
    }));
}

/// Whatever `f` does, and whatever its payload does when it is dropped.
fn contain(f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget);
    }
}

#[test]
fn hooks_that_panic_harm_nobody_else() {
    hush();
    hooks();
    for (lend, most) in [(true, None), (false, None), (true, Some(1)), (false, Some(2))] {
        let mut builder = EventLoop::builder().lend_threads(lend);
        if let Some(most) = most {
            builder = builder.max_threads(most);
        }
        let event_loop = builder.build();
        let _watchdog = Watchdog::over(&event_loop);
        // So that arguments and values are shown all the time.
        let events = event_loop.subscribe_bounded(2);
        let mut random = Random::new(most.unwrap_or(0) as u64);
        HOSTILE.store(true, Ordering::Relaxed);
        for round in 0..ROUNDS {
            let observation = event_loop.observe(|_: &Event| perhaps()).expect("a thread");
            let kinds = [random.below(17), random.below(17), random.below(17)];
            let at_once = kinds.map(|kind| {
                let event_loop = event_loop.clone();
                thread::spawn(move || contain(|| event_loop.run(|| one(kind))))
            });
            contain(|| drop(event_loop.invoke(move || one(round % 17)).outcome()));
            for thread in at_once {
                thread.join().expect("it is contained");
            }
            drop(observation);
        }
        HOSTILE.store(false, Ordering::Relaxed);
        drop(events);
        assert_eq!(
            event_loop.run(|| Promise::all((0..20).map(|n| invoke!(move || n))).wait().len()),
            20
        );
        until_no_promises(&event_loop);
        if let Some(most) = most {
            while event_loop.snapshot().threads > most {
                thread::yield_now();
            }
        }
    }
    let (asked, panicked) = (ASKED.load(Ordering::Relaxed), PANICKED.load(Ordering::Relaxed));
    eprintln!("{panicked} of {asked} panicked");
    assert!(panicked > 1_000, "{panicked} of {asked}");
}
