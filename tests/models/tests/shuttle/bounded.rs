//! Interleavings of `map_bounded`, with shuttle: no result and no free place goes unnoticed, and
//! executions that begin and that go on share the places.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{EventLoop, Failure, FailureKind, Promise, invoke, map_bounded, promise};
use shuttle::sync::Mutex;
use shuttle::thread;

fn explore(model: fn()) {
    models::explore(6_000, 1_000, model);
}

fn with_loop(lend: bool, most: Option<usize>, model: impl FnOnce()) {
    models::in_loop(lend, most, |_| model());
}

/// Counts bodies that run; fails if they are more than `most`.
#[derive(Clone, Default)]
struct Running(Arc<AtomicUsize>);

impl Running {
    fn one_of(&self, most: usize) {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) < most, "more than {most} run");
        thread::yield_now();
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn every_result_is_given_out_in_order() {
    explore(|| {
        with_loop(false, None, || {
            let results = map_bounded(0..4, 2, |n| n);
            assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [0, 1, 2, 3]);
        });
    });
}

#[test]
fn every_result_is_given_out_as_it_completes() {
    explore(|| {
        with_loop(true, None, || {
            let results = map_bounded(0..4, 2, |n| n).unordered();
            let mut results: Vec<_> = results.map(|(index, n)| (index, n.unwrap())).collect();
            results.sort_unstable();
            assert_eq!(results, [(0, 0), (1, 1), (2, 2), (3, 3)]);
        });
    });
}

#[test]
fn what_completes_while_the_order_changes_is_given_out_once() {
    explore(|| {
        with_loop(false, None, || {
            let mut results = map_bounded(0..4, 3, |n| n);
            assert_eq!(results.next().unwrap().unwrap(), 0);
            let mut rest: Vec<_> = results.unordered().map(|(index, _)| index).collect();
            rest.sort_unstable();
            assert_eq!(rest, [1, 2, 3]);
        });
    });
}

/// The first item awaits what the second one resolves, so the consumer has to notice that the
/// place is free.
fn the_second_frees_the_first(lend: bool, most: Option<usize>) {
    with_loop(lend, most, || {
        let (gate, opens) = promise();
        let (gate, opens) = (Mutex::new(Some(gate)), Mutex::new(Some(opens)));
        let running = Running::default();
        let results = map_bounded(0..2, 1, move |n| {
            running.one_of(1);
            if n == 0 {
                let gate = gate.lock().unwrap().take().unwrap();
                gate.wait();
            } else {
                let opens = opens.lock().unwrap().take().unwrap();
                opens.resolve(());
            }
            running.one_of(1);
        });
        assert_eq!(results.filter(Result::is_ok).count(), 2);
    });
}

#[test]
fn a_place_that_an_await_frees_is_given_to_the_next_item() {
    explore(|| the_second_frees_the_first(true, None));
    explore(|| the_second_frees_the_first(false, None));
}

#[test]
fn the_same_at_a_ceiling_of_one_thread() {
    explore(|| the_second_frees_the_first(true, Some(1)));
    explore(|| the_second_frees_the_first(false, Some(1)));
}

#[test]
fn executions_that_go_on_and_that_begin_share_the_places() {
    explore(|| {
        with_loop(true, None, || {
            let running = Running::default();
            let results = map_bounded(0..3, 1, move |n| {
                running.one_of(1);
                let n = invoke!(move || n + 1).wait();
                running.one_of(1);
                n
            });
            assert_eq!(results.map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3]);
        });
    });
}

#[test]
fn executions_that_go_on_together_all_get_a_place() {
    explore(|| {
        with_loop(false, None, || {
            let (gates, opens): (Vec<_>, Vec<_>) = (0..3).map(|_| promise::<()>()).unzip();
            let opener = thread::spawn(move || {
                opens.into_iter().for_each(|opens| opens.resolve(()));
            });
            let running = Running::default();
            let results = map_bounded(gates, 2, move |gate| {
                gate.wait();
                running.one_of(2);
            });
            assert_eq!(results.filter(Result::is_ok).count(), 3);
            opener.join().unwrap();
        });
    });
}

#[test]
fn one_at_a_time_inside_one_at_a_time_goes_on() {
    explore(|| {
        with_loop(true, Some(1), || {
            let rows = map_bounded(0..2, 1, |row| {
                map_bounded(0..2, 1, move |cell| row + cell).map(Result::unwrap).sum::<u32>()
            });
            assert_eq!(rows.map(Result::unwrap).sum::<u32>(), 4);
        });
    });
}

#[test]
fn what_was_pulled_ends_after_the_drop_of_the_iterator() {
    explore(|| {
        let ended = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&ended);
        let event_loop = EventLoop::builder().build();
        let pulled = event_loop.run(|| {
            let pulls = AtomicUsize::new(0);
            let input = (0..).inspect(|_| {
                pulls.fetch_add(1, Ordering::SeqCst);
            });
            let mut results = map_bounded(input, 2, move |_| {
                invoke!(|| ()).wait();
                counter.fetch_add(1, Ordering::SeqCst);
            });
            results.next().unwrap().unwrap();
            drop(results);
            pulls.into_inner()
        });
        while ended.load(Ordering::SeqCst) < pulled {
            thread::yield_now();
        }
    });
}

#[test]
fn items_are_cancelled_with_their_consumer() {
    explore(|| {
        with_loop(true, None, || {
            let (gate, open) = promise::<()>();
            let consumer = invoke!(move || {
                map_bounded(0..2, 1, move |_| gate.clone().wait()).for_each(drop);
            });
            consumer.cancel();
            let failure = consumer.outcome().unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Cancelled);
            drop(open);
        });
    });
}

/// Both wait for each other: whoever awaits last is told.
#[test]
fn a_consumer_and_an_item_that_wait_for_each_other_are_told() {
    explore(|| {
        with_loop(false, None, || {
            let told = |failure: Failure| failure.kind() == FailureKind::Deadlock;
            let (mine, me) = promise::<Promise<bool>>();
            let consumer = invoke!(move || {
                let results = map_bounded([mine.wait()], 1, |me: Promise<bool>| me.wait());
                told(results.last().unwrap().unwrap_err())
            });
            me.resolve(consumer.clone());
            assert!(consumer.outcome().unwrap_or_else(told));
        });
    });
}

#[test]
fn an_item_may_await_a_consumer_that_goes_on_with_another_item() {
    explore(|| {
        with_loop(false, None, || {
            let (mine, me) = promise::<Promise<u32>>();
            let (told, tell) = promise();
            let tell = Mutex::new(Some(tell));
            let consumer = invoke!(move || {
                let items = [Some(mine.wait()), None];
                let results = map_bounded(items, 1, move |me: Option<Promise<u32>>| {
                    let Some(me) = me else { return 5 };
                    let value = me.wait();
                    let tell = tell.lock().unwrap().take().unwrap();
                    tell.resolve(value);
                    value
                });
                results.unordered().next().unwrap().1.unwrap()
            });
            me.resolve(consumer.clone());
            assert_eq!(consumer.wait(), 5);
            assert_eq!(told.wait(), 5);
        });
    });
}
