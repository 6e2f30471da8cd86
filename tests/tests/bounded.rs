//! `map_bounded` as an iterator: order, failures, the end, and what becomes of items under way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Promise, invoke, map_bounded, promise};
use tests::{Watchdog, counted, watched};

/// Channels whose receivers block an item outside the runtime.
fn doors(n: usize) -> (Vec<Receiver<()>>, Vec<Sender<()>>) {
    (0..n).map(|_| channel()).map(|(open, door)| (door, open)).unzip()
}

#[test]
fn results_come_in_the_order_of_the_items_whatever_completes_first() {
    let _watchdog = watched();
    let (doors, mut opens) = doors(1);
    let open = Mutex::new(opens.pop());
    let doors = Mutex::new(doors);
    let results = map_bounded(0..2, 2, move |n| {
        match n {
            0 => doors.lock().unwrap().pop().unwrap().recv().unwrap(),
            _ => open.lock().unwrap().take().unwrap().send(()).unwrap(),
        }
        n
    });
    assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn unordered_results_come_as_they_complete_with_the_index_of_their_item() {
    let _watchdog = watched();
    let (doors, opens) = doors(3);
    let mut results = map_bounded(doors, 3, |door: Receiver<()>| door.recv().unwrap()).unordered();
    let opener = thread::spawn(move || opens);
    let opens = opener.join().unwrap();
    for index in [2, 0, 1] {
        opens[index].send(()).unwrap();
        let (completed, result) = results.next().unwrap();
        assert_eq!(completed, index);
        result.unwrap();
    }
    assert!(results.next().is_none());
}

#[test]
fn unordered_may_be_asked_for_midway() {
    let _watchdog = watched();
    let (doors, opens) = doors(3);
    let mut results = map_bounded(doors, 3, |door: Receiver<()>| door.recv().unwrap());
    opens[0].send(()).unwrap();
    results.next().unwrap().unwrap();
    opens[2].send(()).unwrap();
    let mut results = results.unordered();
    assert_eq!(results.next().unwrap().0, 2);
    opens[1].send(()).unwrap();
    assert_eq!(results.next().unwrap().0, 1);
    assert!(results.next().is_none());
}

#[test]
fn an_item_that_fails_gives_its_failure_and_the_others_go_on() {
    let _watchdog = watched();
    let results = map_bounded(0..6, 2, |n| {
        assert!(n % 3 != 1, "no {n}");
        n
    });
    let results: Vec<_> = results.collect();
    for (n, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => assert_eq!(value, n),
            Err(failure) => {
                assert_eq!(n % 3, 1);
                assert_eq!(failure.kind(), FailureKind::Panicked);
                assert_eq!(failure.message(), format!("no {n}"));
            }
        }
    }
}

#[test]
fn what_was_pulled_runs_on_when_the_iterator_is_dropped_and_no_more_is_pulled() {
    let _watchdog = watched();
    let pulls = Arc::new(AtomicUsize::new(0));
    let (done, dones) = channel();
    let (open, door) = channel::<()>();
    let door = Mutex::new(door);
    let mut results = map_bounded(counted(&pulls), 3, move |n| {
        if n > 0 {
            let _ = door.lock().unwrap().recv();
        }
        done.send(n).unwrap();
    });
    results.next().unwrap().unwrap();
    let pulled = pulls.load(Ordering::SeqCst);
    drop(results);
    drop(open);
    let mut done: Vec<_> = dones.iter().collect();
    done.sort_unstable();
    assert_eq!(done, (0..pulled).collect::<Vec<_>>());
    assert_eq!(pulls.load(Ordering::SeqCst), pulled);
}

#[test]
fn what_is_not_consumed_is_dropped() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let value = Arc::new(());
    event_loop.run(|| {
        let given = Arc::clone(&value);
        let mut results = map_bounded(0..10, 4, move |_| Arc::clone(&given));
        drop(results.next());
        drop(results);
    });
    assert_eq!(event_loop.shutdown(Duration::MAX), 0);
    drop(event_loop);
    // The threads drop the last captures as they end.
    while Arc::strong_count(&value) > 1 {
        thread::yield_now();
    }
}

#[test]
fn the_input_may_be_another_bounded_map() {
    let _watchdog = watched();
    let first = map_bounded(0..100_u64, 1, |n| n + 1).map(Result::unwrap);
    let second = map_bounded(first, 2, |n| n * 2).map(Result::unwrap);
    let third = map_bounded(second, 3, |n| invoke!(move || n - 1).wait());
    assert_eq!(third.map(Result::unwrap).sum::<u64>(), 10_000);
}

#[test]
fn a_panic_of_the_input_loses_nothing() {
    let _watchdog = watched();
    let mut n = 0;
    let input = std::iter::from_fn(move || {
        n += 1;
        assert!(n != 4 && n != 6, "input {n}");
        (n <= 8).then_some(n)
    });
    for unordered in [false, true] {
        let results = map_bounded(input.clone(), 3, |n| n);
        let mut results: Box<dyn Iterator<Item = _>> = if unordered {
            Box::new(results.unordered().map(|(_, result)| result.unwrap()))
        } else {
            Box::new(results.map(Result::unwrap))
        };
        let (mut given, mut panics) = (Vec::new(), 0);
        loop {
            match catch_unwind(AssertUnwindSafe(|| results.next())) {
                Ok(Some(n)) => given.push(n),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        if unordered {
            given.sort_unstable();
        }
        assert_eq!(given, [1, 2, 3, 5, 7, 8]);
        assert_eq!(panics, 2);
    }
}

#[test]
fn the_end_is_the_end() {
    let _watchdog = watched();
    let mut more = false;
    // An input that goes on after its end.
    let input = std::iter::from_fn(|| {
        more = !more;
        more.then_some(1)
    });
    let mut results = map_bounded(input, 2, |n| n);
    assert_eq!(results.next().unwrap().unwrap(), 1);
    assert!(results.next().is_none());
    assert!(results.next().is_none());
}

#[test]
fn an_empty_input_gives_nothing() {
    let mut results = map_bounded(Vec::<u32>::new(), 2, |n| n);
    assert_eq!(results.size_hint(), (0, Some(0)));
    assert!(results.next().is_none());
}

#[test]
fn the_size_is_known_where_the_inputs_is() {
    let _watchdog = watched();
    let mut results = map_bounded(0..10, 3, |n| n);
    for left in (0..10).rev() {
        results.next().unwrap().unwrap();
        assert_eq!(results.size_hint(), (left, Some(left)));
    }
}

#[test]
#[should_panic(expected = "no place (n = 0)")]
fn no_place_at_all_is_a_mistake() {
    drop(map_bounded(0..10, 0, |n| n));
}

#[test]
fn a_huge_bound_is_no_bound() {
    let _watchdog = watched();
    let results = map_bounded(0..100, usize::MAX, |n| n);
    assert_eq!(results.map(Result::unwrap).sum::<u32>(), 4_950);
}

#[test]
fn after_a_shutdown_each_item_is_cancelled() {
    let event_loop = EventLoop::builder().build();
    event_loop.shutdown(Duration::ZERO);
    let kinds: Vec<_> = event_loop.run(|| {
        let results = map_bounded(0..5, 2, |n| n);
        results.map(|result| result.unwrap_err().kind()).collect()
    });
    assert_eq!(kinds, [FailureKind::Cancelled; 5]);
}

#[test]
fn the_loop_keeps_nothing_of_it() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| map_bounded(0..100, 3, |n| n).for_each(|result| assert!(result.is_ok())));
    assert!(event_loop.snapshot().promises.is_empty());
}

#[test]
fn the_consumers_wait_is_an_await() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let (doors, opens) = doors(1);
    let p = event_loop.invoke(move || {
        map_bounded(doors, 1, |door: Receiver<()>| door.recv().unwrap()).for_each(drop);
    });
    // The consumer waits for the promise of the item, through one that its wait made.
    while event_loop.snapshot().promises.len() < 3 {
        thread::yield_now();
    }
    drop(opens);
    p.wait();
}

#[test]
fn a_hundred_thousand_items() {
    let _watchdog = watched();
    let mut expected = 0..100_000_u64;
    for result in map_bounded(0..100_000_u64, 8, |n| n) {
        assert_eq!(Some(result.unwrap()), expected.next());
    }
    assert!(expected.next().is_none());
}

#[test]
fn a_hundred_thousand_items_as_they_complete() {
    let _watchdog = watched();
    let mut seen = vec![false; 100_000];
    for (index, result) in map_bounded(0..100_000, 8, |n| n).unordered() {
        assert_eq!(result.unwrap(), index);
        assert!(!std::mem::replace(&mut seen[index], true), "{index} twice");
    }
    assert!(seen.into_iter().all(|seen| seen));
}

/// Says that it was dropped.
struct Dropped(Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[test]
fn items_are_cancelled_with_the_execution_that_waits_for_them() {
    let _watchdog = watched();
    let ((gate, _open), (begun, begins), (drops, dropped)) = (promise(), channel(), channel());
    let p = invoke!(move || {
        let results = map_bounded(0..5, 2, move |_| {
            let _dropped = Dropped(drops.clone());
            begun.send(()).unwrap();
            Promise::<()>::wait(gate.clone());
        });
        results.max_awaiting(3).count()
    });
    (0..5).for_each(|_| begins.recv().unwrap());
    p.cancel();
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(dropped.iter().count(), 5);
}

/// The consumer waits for an item that waits for the consumer.
fn circle(unordered: bool) {
    let (me, mine) = channel::<Promise<bool>>();
    let told = |failure: Failure| failure.kind() == FailureKind::Deadlock;
    let p = invoke!(move || {
        let results = map_bounded([mine.recv().unwrap()], 1, |me: Promise<bool>| me.wait());
        let failure = if unordered {
            results.unordered().next().unwrap().1.unwrap_err()
        } else {
            results.last().unwrap().unwrap_err()
        };
        told(failure)
    });
    me.send(p.clone()).unwrap();
    // Whoever awaits last is told.
    assert!(p.outcome().unwrap_or_else(told));
}

#[test]
fn a_consumer_that_waits_for_itself_through_an_item_is_told() {
    let _watchdog = watched();
    for _ in 0..50 {
        circle(false);
        circle(true);
    }
}

#[test]
fn an_item_may_await_a_consumer_that_goes_on_with_another_item() {
    let _watchdog = watched();
    for _ in 0..200 {
        let (me, mine) = channel::<Promise<u32>>();
        let (tell, told) = channel();
        let p = invoke!(move || {
            let results = map_bounded([Some(mine.recv().unwrap()), None], 1, move |me| {
                me.map_or(5, |consumer| {
                    let value = consumer.wait();
                    tell.send(value).unwrap();
                    value
                })
            });
            // The first item cannot complete before this returns; the second one can.
            results.unordered().next().unwrap().1.unwrap()
        });
        me.send(p.clone()).unwrap();
        assert_eq!(p.wait(), 5);
        assert_eq!(told.recv(), Ok(5));
    }
}
