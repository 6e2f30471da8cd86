//! Random programs: trees of invocations that do everything at once, as `tests/chaos.rs` grows them,
//! and trees that wait at gates.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_mech::{
    Failure, Promise, Resolver, checkpoint, invocable, invoke, map_bounded, promise, scope, sleep,
};
use tests::Random;

/// A tree that ends by itself.
pub(crate) fn node(seed: u64, depth: u64) -> u64 {
    let mut random = Random::new(seed);
    match random.below(14) {
        0 => sleep(Duration::from_micros(random.below(200))),
        1 => checkpoint(),
        2 => std::panic::resume_unwind(Box::new("meant")),
        3 => return on_its_own(random.below(9)),
        _ => {}
    }
    if depth == 0 {
        return 1;
    }
    let mut child = || {
        let seed = random.below(1 << 40);
        invoke!(node(seed, depth - 1))
    };
    let children: Vec<Promise<u64>> = (0..3).map(|_| child()).collect();
    combine(Random::new(seed ^ 0x5eed), children, depth)
}

#[invocable(own_thread)]
fn on_its_own(n: u64) -> u64 {
    invoke!(move || n).await
}

fn value<T>(outcome: Result<T, Failure>) -> Option<T> {
    outcome.ok()
}

fn combine(mut random: Random, mut children: Vec<Promise<u64>>, depth: u64) -> u64 {
    if random.once_in(3) {
        children[random.below(3) as usize].cancel();
    }
    match random.below(11) {
        0 => value(Promise::all(children).outcome()).map_or(0, |values| values.iter().sum()),
        1 => value(Promise::race(children).outcome()).unwrap_or(0),
        2 => value(Promise::any(children).outcome()).unwrap_or(0),
        3 => {
            let (a, b, c) = (children.remove(0), children.remove(0), children.remove(0));
            let sum = Promise::all([a, b]).then(|values| values.iter().sum::<u64>());
            let both = invoke!(move || (sum, c)).then(|(sum, c)| Promise::all([sum, c]));
            value(both.flatten().outcome()).map_or(0, |values| values.iter().sum())
        }
        4 => Promise::as_completed(children).take(2).filter_map(|(_, it)| value(it)).sum(),
        5 => {
            let all = Promise::all_settled(children);
            let canceller = all.canceller();
            match all.wait_timeout(Duration::from_micros(random.below(300))) {
                Ok(all) => value(all).map_or(0, |all| all.into_iter().filter_map(value).sum()),
                Err(timed_out) => {
                    canceller.cancel();
                    drop(timed_out);
                    0
                }
            }
        }
        6 => {
            let seeds: Vec<u64> = (0..4).map(|_| random.below(1 << 40)).collect();
            let scoped = catch_unwind(AssertUnwindSafe(|| {
                scope(|s| {
                    let child = |seed: &u64| {
                        let seed = *seed;
                        s.invoke(move || node(seed, depth - 1))
                    };
                    let handles: Vec<_> = seeds.iter().map(child).collect();
                    handles.into_iter().filter_map(|it| value(it.outcome())).sum::<u64>()
                })
            }));
            scoped.unwrap_or(0)
        }
        7 => {
            let (p, resolver) = promise();
            invoke!(move || resolver
                .resolve(children.pop().and_then(|child| value(child.outcome())).unwrap_or(0)))
            .detach();
            p.wait_timeout(Duration::from_secs(100)).map_or(0, |value| value.unwrap_or(0))
        }
        8 => {
            let seeds = std::iter::repeat_with(move || random.below(1 << 40)).take(5);
            map_bounded(seeds, 2, move |seed| node(seed, depth - 1)).take(3).filter_map(value).sum()
        }
        9 => {
            let shared = children.remove(0);
            let copies = [shared.clone(), shared.clone(), shared];
            copies.into_iter().filter_map(|it| value(it.outcome())).sum()
        }
        _ => children.into_iter().map(Promise::wait).sum(),
    }
}

/// What the leaves of a tree wait for.
pub(crate) type Gates = Arc<Mutex<Vec<Resolver<u64>>>>;

/// A tree that waits until its gates are opened.
pub(crate) fn waits(random: &mut Random, depth: u64, gates: &Gates) -> Promise<u64> {
    if depth == 0 || random.once_in(8) {
        let (p, resolver) = promise();
        if random.once_in(5) {
            resolver.resolve(1);
        } else {
            gates.lock().unwrap().push(resolver);
        }
        return p;
    }
    let kind = random.below(11);
    let mut child = || waits(random, depth - 1, gates);
    let (a, b) = (child(), child());
    match kind {
        0 => invoke!(move || a.wait() + b.wait()),
        1 => Promise::all([a, b]).then(|values| values.iter().sum()),
        2 => Promise::race([a, b]),
        3 => Promise::any([a, b]),
        4 => invoke!(move || a.then(move |_| b)).flatten().flatten(),
        5 => invoke!(move || {
            Promise::as_completed([a, b]).filter_map(|(_, it)| value(it)).sum::<u64>()
        }),
        6 => invoke!(move || {
            scope(|s| {
                let a = s.invoke(|| a.wait());
                let b = s.invoke(|| b.wait());
                drop(a);
                b.wait()
            })
        }),
        7 => invoke!(move || {
            map_bounded([a, b], 1, |p: Promise<u64>| p.wait()).filter_map(value).sum::<u64>()
        }),
        8 => invoke!(move || {
            let (a, b) = async_mech::wait((a, b));
            a + b
        }),
        9 => {
            let also = a.clone();
            invoke!(move || also.wait() + invoke!(move || a.wait() + b.wait()).wait())
        }
        _ => invoke!(move || {
            let inner = Promise::all_settled([a, b]);
            inner.wait().into_iter().filter_map(value).sum::<u64>()
        }),
    }
}
