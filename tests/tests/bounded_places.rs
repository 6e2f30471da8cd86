//! `map_bounded`: how many run at once, who has a place, and how far the input is pulled.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, Resolver, Status, invoke, map_bounded, promise};
use tests::{Peak, Watchdog, counted, occupy, until_no_promises, watched};

/// Promises, and what completes them: one each for `n` items.
fn gates(n: usize) -> (Vec<Promise<()>>, Vec<Resolver<()>>) {
    (0..n).map(|_| promise()).unzip()
}

#[test]
fn at_most_n_bodies_run_at_once() {
    let _watchdog = watched();
    let peak = Peak::default();
    let inside = peak.clone();
    let results = map_bounded(0..500, 3, move |n| {
        let _inside = inside.enter();
        thread::yield_now();
        n
    });
    assert_eq!(results.map(Result::unwrap).sum::<u32>(), 124_750);
    assert!(peak.most() <= 3, "{} at once", peak.most());
}

#[test]
fn n_bodies_do_run_at_once() {
    let _watchdog = watched();
    let all = Arc::new(Barrier::new(4));
    let results = map_bounded(0..8, 4, move |_| all.wait().is_leader());
    assert_eq!(results.filter(|result| *result.as_ref().unwrap()).count(), 2);
}

#[test]
fn nothing_is_pulled_nor_invoked_before_the_first_next() {
    let pulls = Arc::new(AtomicUsize::new(0));
    let results = map_bounded(counted(&pulls), 3, |n| n);
    drop(results);
    assert_eq!(pulls.load(Ordering::SeqCst), 0);
}

#[test]
fn the_place_of_an_item_that_awaits_is_free_for_another() {
    let _watchdog = watched();
    let (gate, opens) = promise();
    let (gate, opens) = (Mutex::new(Some(gate)), Mutex::new(Some(opens)));
    // With one place, the second item has to run while the first is under way.
    let results = map_bounded(0..2, 1, move |n| match n {
        0 => {
            let gate = gate.lock().unwrap().take().unwrap();
            gate.wait();
        }
        _ => opens.lock().unwrap().take().unwrap().resolve("from the second"),
    });
    assert_eq!(results.filter(Result::is_ok).count(), 2);
}

#[test]
fn an_item_that_waits_with_a_deadline_does_not_use_up_its_place_either() {
    let _watchdog = watched();
    let (gate, opens) = promise();
    let (gate, opens) = (Mutex::new(Some(gate)), Mutex::new(Some(opens)));
    let results = map_bounded(0..2, 1, move |n| match n {
        0 => {
            let gate: Promise<u32> = gate.lock().unwrap().take().unwrap();
            gate.wait_timeout(Duration::from_secs(3_600)).unwrap().unwrap()
        }
        _ => {
            opens.lock().unwrap().take().unwrap().resolve(7);
            8
        }
    });
    assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [7, 8]);
}

fn resume_together(n: usize, items: usize, event_loop: &EventLoop) {
    let _watchdog = Watchdog::over(event_loop);
    let peak = Peak::default();
    let inside = peak.clone();
    let (gates, opens) = gates(items);
    let (arrived, arrives) = channel();
    let opener = thread::spawn(move || {
        for _ in 0..items {
            arrives.recv().unwrap();
        }
        opens.into_iter().for_each(|gate| gate.resolve(()));
    });
    event_loop.run(|| {
        let results = map_bounded(gates, n, move |gate: Promise<()>| {
            let before = inside.enter();
            arrived.send(()).unwrap();
            drop(before);
            gate.wait();
            let _after = inside.enter();
            thread::yield_now();
        });
        assert_eq!(results.filter(Result::is_ok).count(), items);
    });
    opener.join().unwrap();
    assert!(peak.most() <= n, "{} at once", peak.most());
}

#[test]
fn executions_that_go_on_together_take_their_places_one_after_the_other() {
    resume_together(1, 40, EventLoop::global());
    resume_together(3, 100, EventLoop::global());
}

#[test]
fn the_same_at_a_ceiling_of_one_thread() {
    for lend in [true, false] {
        let event_loop = EventLoop::builder().max_threads(1).lend_threads(lend).build();
        resume_together(1, 20, &event_loop);
        resume_together(2, 20, &event_loop);
    }
}

#[test]
fn an_item_that_gets_a_thread_late_waits_for_one_that_went_on_before() {
    let event_loop = EventLoop::builder().max_threads(2).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let (log, logged) = channel();
    let (gate, opens) = promise();
    let (pulled, pulls) = channel();
    let (gate, log_of) = (Mutex::new(Some(gate)), log);
    let (leave, leaves) = channel();
    let leaves = Mutex::new(leaves);
    let input = (0..2).inspect(move |n| pulled.send(*n).unwrap());
    let consumer = {
        let event_loop = event_loop.clone();
        thread::spawn(move || {
            event_loop.run(|| {
                let results = map_bounded(input, 1, move |n| {
                    if n == 0 {
                        gate.lock().unwrap().take().unwrap().wait();
                        log_of.send("the first goes on").unwrap();
                        leaves.lock().unwrap().recv().unwrap();
                        log_of.send("the first ends").unwrap();
                    } else {
                        log_of.send("the second begins").unwrap();
                    }
                });
                results.for_each(|result| result.unwrap());
            });
        })
    };
    // The second has been pulled, and has no thread.
    assert_eq!((pulls.recv(), pulls.recv()), (Ok(0), Ok(1)));
    opens.resolve(());
    assert_eq!(logged.recv(), Ok("the first goes on"));
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    leave.send(()).unwrap();
    assert_eq!(logged.iter().collect::<Vec<_>>(), ["the first ends", "the second begins"]);
    consumer.join().unwrap();
}

#[test]
fn an_endless_input_is_pulled_as_fast_as_results_are_consumed() {
    let _watchdog = watched();
    let pulls = Arc::new(AtomicUsize::new(0));
    let mut results = map_bounded(counted(&pulls), 4, |n| n * 2);
    for given in 0..200 {
        assert_eq!(results.next().unwrap().unwrap(), given * 2);
        let pulled = pulls.load(Ordering::SeqCst);
        assert!(pulled <= given + 1 + 4, "{pulled} pulled for {given}");
    }
}

#[test]
fn an_endless_input_is_pulled_no_further_while_unordered_results_wait() {
    let _watchdog = watched();
    let pulls = Arc::new(AtomicUsize::new(0));
    let mut results = map_bounded(counted(&pulls), 4, |n| n).unordered();
    for given in 1..=200 {
        results.next().unwrap().1.unwrap();
        let pulled = pulls.load(Ordering::SeqCst);
        assert!(pulled <= given + 4, "{pulled} pulled for {given}");
    }
}

#[test]
fn the_input_is_pulled_by_the_thread_that_consumes() {
    let _watchdog = watched();
    let consumer = thread::current().id();
    let input = (0..50).inspect(|_| assert_eq!(thread::current().id(), consumer));
    assert_eq!(map_bounded(input, 4, |n| n).filter(Result::is_ok).count(), 50);
}

#[test]
fn items_that_all_await_are_pulled_up_to_a_limit() {
    let _watchdog = watched();
    let pulls = Arc::new(AtomicUsize::new(0));
    let (gate, opens) = promise::<()>();
    let (arrived, arrives) = channel();
    let mut results = map_bounded(counted(&pulls), 2, move |_| {
        arrived.send(()).unwrap();
        gate.clone().wait();
    })
    .max_awaiting(5);
    let opener = thread::spawn(move || {
        (0..7).for_each(|_| arrives.recv().unwrap());
        opens.resolve(());
        arrives
    });
    results.next().unwrap().unwrap();
    // One more for the result that was given out.
    let pulled = pulls.load(Ordering::SeqCst);
    assert!((7..=8).contains(&pulled), "{pulled} pulled");
    let _arrives = opener.join().unwrap();
    drop(results);
}

#[test]
fn without_room_for_awaits_an_item_counts_until_it_is_given_out() {
    let _watchdog = watched();
    let pulls = Arc::new(AtomicUsize::new(0));
    let mut results =
        map_bounded(counted(&pulls), 2, |n| invoke!(move || n).wait()).max_awaiting(0);
    for given in 0..50 {
        assert_eq!(results.next().unwrap().unwrap(), given);
        assert!(pulls.load(Ordering::SeqCst) <= given + 1 + 2);
    }
}

#[test]
fn an_item_that_fails_in_an_await_gives_its_place_back_once() {
    let _watchdog = watched();
    let peak = Peak::default();
    let inside = peak.clone();
    let results = map_bounded(0..200, 2, move |n| {
        if n % 2 == 0 {
            invoke!(|| std::panic::resume_unwind(Box::new("even"))).wait();
        }
        let _inside = inside.enter();
        thread::yield_now();
    });
    assert_eq!(results.filter(Result::is_ok).count(), 100);
    assert!(peak.most() <= 2, "{} at once", peak.most());
}

/// Awaits as it is dropped.
struct Awaits;

impl Drop for Awaits {
    fn drop(&mut self) {
        assert_eq!(invoke!(|| 1).outcome().unwrap(), 1);
    }
}

#[test]
fn destructors_that_await_give_back_no_place_twice() {
    let _watchdog = watched();
    let peak = Peak::default();
    let inside = peak.clone();
    let results = map_bounded(0..200, 2, move |n| {
        let awaits = Awaits;
        {
            let _inside = inside.enter();
            thread::yield_now();
        }
        if n % 4 == 0 {
            std::panic::resume_unwind(Box::new("while it unwinds"));
        }
        // A callee that is dropped with a value that awaits, on the thread that it was lent.
        invoke!(move || drop(awaits)).wait();
        (n, Awaits)
    });
    assert_eq!(results.filter(Result::is_ok).count(), 150);
    assert!(peak.most() <= 2, "{} at once", peak.most());
}

#[test]
fn one_at_a_time_inside_one_at_a_time_goes_on() {
    for most in [None, Some(1)] {
        for lend in [true, false] {
            let mut builder = EventLoop::builder().lend_threads(lend);
            if let Some(most) = most {
                builder = builder.max_threads(most);
            }
            let event_loop = builder.build();
            let _watchdog = Watchdog::over(&event_loop);
            let total = |event_loop: &EventLoop| {
                event_loop.run(|| {
                    let rows = map_bounded(0..10_u32, 1, |row| {
                        let cells = map_bounded(0..10_u32, 1, move |cell| row * cell);
                        cells.map(Result::unwrap).sum::<u32>()
                    });
                    rows.map(Result::unwrap).sum::<u32>()
                })
            };
            assert_eq!(total(&event_loop), 2_025);
            // The consumer on a thread of the loop itself.
            let inside = event_loop.clone();
            assert_eq!(event_loop.invoke(move || total(&inside)).wait(), 2_025);
        }
    }
}

#[test]
fn an_item_that_is_cancelled_while_it_awaits_gives_its_place_back_once() {
    let _watchdog = watched();
    let peak = Peak::default();
    let inside = peak.clone();
    let results = map_bounded(0..50, 1, move |n| {
        if n % 2 == 0 {
            // Cancelled, it cancels what it awaits, and fails so itself.
            let (gate, _opens) = promise::<()>();
            gate.cancel();
            gate.wait();
        }
        let _inside = inside.enter();
        thread::yield_now();
    });
    assert_eq!(results.filter(Result::is_ok).count(), 25);
    assert_eq!(peak.most(), 1);
}

#[test]
fn an_item_that_is_cancelled_while_it_waits_for_its_place_never_begins() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (p, resolver) = promise();
    let (came_back, back) = channel();
    let (end, ends) = channel::<()>();
    let began = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&began);
    let (p, came_back, ends) = (Mutex::new(Some(p)), Mutex::new(came_back), Mutex::new(ends));
    let body = move |n| {
        counter.fetch_add(1, Ordering::SeqCst);
        if n == 0 {
            // Leaves its place, comes back, and keeps it.
            let p: Promise<()> = p.lock().unwrap().take().unwrap();
            p.wait();
            came_back.lock().unwrap().send(()).unwrap();
            let _ = ends.lock().unwrap().recv();
        }
    };
    let mut resolver = Some(resolver);
    let items = (0..2).inspect(move |n| {
        if *n == 1 {
            // Pulled for a free place that is free no longer.
            resolver.take().unwrap().resolve(());
            back.recv().unwrap();
        }
    });
    let consumer = event_loop.invoke(move || map_bounded(items, 1, body).count());
    // The consumer, what it awaits, and two items of which neither is queued.
    let all_wait = || {
        let state = event_loop.snapshot();
        let queued = |status: &Status| matches!(status, Status::Queued);
        state.promises.len() == 4 && !state.promises.values().any(queued)
    };
    while !all_wait() {
        thread::yield_now();
    }
    consumer.cancel();
    assert!(consumer.outcome().is_err());
    drop(end);
    until_no_promises(&event_loop);
    assert_eq!(began.load(Ordering::SeqCst), 1);
}
