//! One promise that a thousand executions await.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Invoke, millis};

pub(crate) const COUNT: usize = 1_000;
pub(crate) const VALUE: u64 = 42;
/// After the last one has said that it is about to await, until it surely does. It is not counted.
pub(crate) const SETTLE: Duration = Duration::from_millis(20);

/// With the peer's own way to await one promise: `awaited` makes a promise, and gives who awaits
/// it and who resolves it.
pub(crate) fn with<P, W, R>(awaited: fn() -> (W, R)) -> Vec<f64>
where
    P: Invoke,
    W: Fn() -> u64 + Clone + Send + 'static,
    R: FnOnce(u64) + Send + 'static,
{
    P::prepare(COUNT);
    P::within(move || {
        once::<P, W, R>(awaited());
        once::<P, W, R>(awaited())
    })
}

/// For peers that have no promise which many can await: a lock and a condition variable.
pub(crate) fn by_condvar<P: Invoke>() -> Vec<f64> {
    with::<P, _, _>(|| {
        let slot = Arc::new((Mutex::new(None), Condvar::new()));
        let resolved = Arc::clone(&slot);
        let wait = move || {
            let (value, changed) = &*slot;
            let mut value = value.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match *value {
                    Some(value) => return value,
                    None => value = changed.wait(value).unwrap_or_else(PoisonError::into_inner),
                }
            }
        };
        let resolve = move |value| {
            let (slot, changed) = &*resolved;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            changed.notify_all();
        };
        (wait, resolve)
    })
}

fn once<P, W, R>((wait, resolve): (W, R)) -> Vec<f64>
where
    P: Invoke,
    W: Fn() -> u64 + Clone + Send + 'static,
    R: FnOnce(u64),
{
    let arrived = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let awaiter = || {
        let (arrived, wait) = (Arc::clone(&arrived), wait.clone());
        move || {
            arrived.fetch_add(1, Ordering::Release);
            wait()
        }
    };
    let awaiters: Vec<_> = (0..COUNT).map(|_| P::invoke(awaiter())).collect();
    while arrived.load(Ordering::Acquire) < COUNT {
        P::yield_now();
    }
    let invoking = start.elapsed();
    P::sleep(SETTLE);
    let start = Instant::now();
    resolve(VALUE);
    let sum: u64 = awaiters.into_iter().map(P::wait).sum();
    let waking = start.elapsed();
    assert_eq!(sum, VALUE * COUNT as u64);
    vec![millis(invoking + waking), millis(waking)]
}
