//! `map_bounded`: so many at a time, in which order, and how far the input is pulled.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use async_mech::{
    EventLoop, Failure, FailureKind, Promise, Resolver, invoke, map_bounded, promise,
};
use tests::{Watchdog, occupy};

fn watched() -> Watchdog {
    Watchdog::over(EventLoop::global())
}

/// How many bodies are between `enter` and the drop of what it gives, and were at most.
#[derive(Clone, Default)]
struct Peak(Arc<(AtomicUsize, AtomicUsize)>);

struct Inside(Peak);

impl Peak {
    fn enter(&self) -> Inside {
        let now = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(now, Ordering::SeqCst);
        Inside(self.clone())
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// An input that counts how often it is pulled.
fn counted(pulls: &Arc<AtomicUsize>) -> impl Iterator<Item = usize> + use<> {
    let pulls = Arc::clone(pulls);
    (0..).inspect(move |_| {
        pulls.fetch_add(1, Ordering::SeqCst);
    })
}

/// Promises, and what completes them: one each for `n` items.
fn gates(n: usize) -> (Vec<Promise<()>>, Vec<Resolver<()>>) {
    (0..n).map(|_| promise()).unzip()
}

/// Channels whose receivers block an item outside the runtime.
fn doors(n: usize) -> (Vec<Receiver<()>>, Vec<Sender<()>>) {
    (0..n).map(|_| channel()).map(|(open, door)| (door, open)).unzip()
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
