//! Time: sleeping, and awaits with a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{EventLoop, FailureKind, Promise, invoke, map_bounded, promise, sleep};
use tests::{Watchdog, until_awaits, watched};

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn a_sleep_lasts_at_least_as_long_as_it_says() {
    let _watchdog = watched();
    for millis in [0, 1, 20] {
        let time = Duration::from_millis(millis);
        let sleeps = move || {
            let begin = Instant::now();
            sleep(time);
            begin.elapsed()
        };
        // On a root thread, which is no invocation, and in one.
        assert!(sleeps() >= time);
        assert!(invoke!(sleeps()).wait() >= time);
        assert!(thread::spawn(sleeps).join().unwrap() >= time);
    }
}

#[test]
fn a_sleep_leaves_no_promise_behind() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| sleep(Duration::from_millis(1)));
    event_loop.invoke(|| sleep(Duration::from_millis(1))).wait();
    let p = event_loop.invoke(|| sleep(Duration::MAX));
    p.cancel();
    assert!(p.outcome().is_err());
    assert!(event_loop.snapshot().promises.is_empty(), "{}", event_loop.snapshot());
}

#[test]
fn a_sleep_is_seen_as_an_await_and_one_without_end_can_be_cancelled() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    for time in [HOUR, Duration::MAX] {
        let p = event_loop.invoke(move || sleep(time));
        let id = p.id();
        until_awaits(&event_loop, id);
        p.cancel();
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    }
}

#[test]
fn nothing_else_ends_a_sleep() {
    let _watchdog = watched();
    let me = thread::current();
    let begin = Instant::now();
    let wakes = thread::spawn(move || (0..1_000).for_each(|_| me.unpark()));
    sleep(Duration::from_millis(20));
    assert!(begin.elapsed() >= Duration::from_millis(20));
    wakes.join().unwrap();
}

/// Promises that a test completes when it wants.
fn pending(n: usize) -> (Vec<Promise<usize>>, Vec<async_mech::Resolver<usize>>) {
    (0..n).map(|_| promise()).unzip()
}

#[test]
fn all_with_a_deadline_times_out_and_is_still_usable() {
    let _watchdog = watched();
    let (promises, resolvers) = pending(3);
    let mut all = Promise::all(promises);
    let past = Instant::now();
    for deadline in [past, Instant::now(), Instant::now() + Duration::from_millis(2)] {
        let timed_out = all.wait_deadline(deadline).expect_err("pending");
        assert!(Instant::now() >= deadline);
        assert!(timed_out.to_string().contains("`all`"), "{timed_out}");
        all = timed_out.into_promise();
    }
    for timeout in [Duration::ZERO, Duration::from_millis(1)] {
        all = all.wait_timeout(timeout).expect_err("pending").into_promise();
    }
    assert!(!all.is_cancelled() && !all.is_completed());
    for (n, resolver) in resolvers.into_iter().enumerate() {
        resolver.resolve(n);
    }
    assert_eq!(all.wait_timeout(Duration::ZERO).expect("completed").unwrap(), [0, 1, 2]);
}

#[test]
fn all_that_completes_in_time_gives_its_values_whatever_the_deadline() {
    let _watchdog = watched();
    for timeout in [HOUR, Duration::MAX] {
        let (promises, resolvers) = pending(2);
        let all = Promise::all(promises);
        let resolves = thread::spawn(|| resolvers.into_iter().for_each(|r| r.resolve(7)));
        assert_eq!(all.wait_timeout(timeout).expect("in time").unwrap(), [7, 7]);
        resolves.join().unwrap();
    }
    let numbers = (0..3).map(|n| invoke!(move || n));
    let all = Promise::all(numbers);
    assert_eq!(all.wait_deadline(Instant::now() + HOUR).expect("in time").unwrap(), [0, 1, 2]);
}

#[test]
fn a_failure_ends_a_timed_wait_for_all() {
    let _watchdog = watched();
    let (mut promises, _resolvers) = pending(2);
    promises.push(invoke!(|| -> usize { std::panic::resume_unwind(Box::new("no")) }));
    let outcome = Promise::all(promises).wait_timeout(HOUR).expect("in time");
    assert_eq!(outcome.unwrap_err().kind(), FailureKind::Panicked);
}

#[test]
fn of_many_awaiters_with_a_deadline_those_in_time_get_the_value() {
    let _watchdog = watched();
    let (p, resolver) = promise::<u32>();
    let late: Vec<_> = (0..8)
        .map(|n| {
            let p = p.clone();
            invoke!(move || p.wait_timeout(Duration::from_micros(n)).is_err())
        })
        .collect();
    assert!(late.into_iter().all(Promise::wait));
    let in_time: Vec<_> = (0..8)
        .map(|_| {
            let p = p.clone();
            invoke!(move || p.wait_timeout(HOUR).expect("in time").unwrap())
        })
        .collect();
    resolver.resolve(6);
    assert_eq!(in_time.into_iter().map(Promise::wait).sum::<u32>(), 48);
    assert_eq!(p.wait(), 6);
}

#[test]
fn timers_need_no_threads() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        for _ in 0..100 {
            let (promises, _resolvers) = pending(2);
            let _ = Promise::all(promises).wait_timeout(Duration::from_micros(10));
            sleep(Duration::from_micros(10));
        }
    });
    assert_eq!(event_loop.snapshot().threads, 0);
    let sleepers: Vec<_> = (0..4)
        .map(|n| {
            let (begun, begins) = channel();
            let p = event_loop.invoke(move || {
                let (p, _resolver) = promise::<()>();
                begun.send(()).unwrap();
                if n % 2 == 0 { sleep(Duration::MAX) } else { drop(p.wait_timeout(HOUR)) }
            });
            begins.recv().unwrap();
            p
        })
        .collect();
    // A thread each, and perhaps one that looks for more.
    assert!(event_loop.snapshot().threads <= sleepers.len() + 1);
    for p in sleepers {
        p.cancel();
        assert!(p.outcome().is_err());
    }
}

#[test]
fn an_item_that_sleeps_keeps_its_place_and_one_that_awaits_does_not() {
    let _watchdog = watched();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, peak) = (Arc::clone(&running), Arc::clone(&most));
    let results = map_bounded(0..20, 2, move |_| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        sleep(Duration::from_micros(200));
        now.fetch_sub(1, Ordering::SeqCst);
    });
    assert_eq!(results.filter(Result::is_ok).count(), 20);
    assert!(most.load(Ordering::SeqCst) <= 2);

    // With one place: each item awaits what only the next one resolves.
    let (promises, resolvers) = pending(5);
    let mut resolvers: Vec<_> = resolvers.into_iter().map(Some).collect();
    let waits = promises.into_iter().map(Some).chain([None]);
    let resolves = std::iter::once(None).chain(resolvers.drain(..));
    let items: Vec<_> = waits.zip(resolves).collect();
    let results = map_bounded(items, 1, |(waits, resolves)| {
        if let Some(resolver) = resolves {
            resolver.resolve(1);
        }
        waits.map_or(0, |p| p.wait_timeout(HOUR).expect("in time").unwrap())
    });
    assert_eq!(results.map(Result::unwrap).sum::<usize>(), 5);
}
