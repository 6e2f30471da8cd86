//! Both values come back, whoever has run the second half, and wherever they are joined.

use std::rc::Rc;
use std::thread;

use async_mech::{EventLoop, invoke, join, map_bounded, scope};
use tests::{Watchdog, runs, watched};

use crate::{Join, Taken, Unlent, Untaken};

fn plain_fib(n: u64) -> u64 {
    if n < 2 { n } else { plain_fib(n - 1) + plain_fib(n - 2) }
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn both_values(way: &impl Join) {
    let text = String::from("abc");
    let (len, upper) = way.join(|| text.len(), || text.to_uppercase());
    assert_eq!((len, upper.as_str()), (3, "ABC"));
    assert_eq!(way.join(|| (), || ()), ((), ()));
}

#[test]
fn both_values_come_back() {
    both_values(&Untaken);
    both_values(&Taken);
    both_values(&Unlent);
}

fn borrowed_mutably(way: &impl Join) {
    let mut numbers = [3, 2, 1, 6, 5, 4];
    let (left, right) = numbers.split_at_mut(3);
    way.join(|| left.sort_unstable(), || right.sort_unstable());
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let (mut a, mut b) = (1, 2);
    let (x, y) = way.join(|| &mut a, || &mut b);
    std::mem::swap(x, y);
    assert_eq!((a, b), (2, 1));
}

#[test]
fn both_halves_borrow_mutably_and_so_do_their_values() {
    borrowed_mutably(&Untaken);
    borrowed_mutably(&Taken);
    borrowed_mutably(&Unlent);
}

fn not_sent(way: &impl Join) {
    let rc = Rc::new(1);
    let (a, b) = way.join(|| Rc::clone(&rc), || 2);
    assert_eq!((*a, b, Rc::strong_count(&rc)), (1, 2, 2));
}

#[test]
fn the_first_half_and_its_value_stay_on_their_thread() {
    not_sent(&Untaken);
    not_sent(&Taken);
    not_sent(&Unlent);
}

#[test]
fn joins_nest() {
    let expected = plain_fib(16);
    for lend in [true, false] {
        for most in [1, 2, 50] {
            let event_loop = EventLoop::builder().max_threads(most).lend_threads(lend).build();
            let _watchdog = Watchdog::over(&event_loop);
            let n = if lend { 16 } else { 8 };
            let expected = if lend { expected } else { plain_fib(n) };
            assert_eq!(event_loop.run(|| fib(n)), expected);
            assert_eq!(event_loop.invoke(move || fib(n)).wait(), expected);
            tests::until_no_promises(&event_loop);
        }
    }
}

#[test]
fn joins_nest_on_the_left_and_on_the_right() {
    fn left(depth: u64) -> u64 {
        if depth == 0 { 0 } else { join(|| left(depth - 1), || 1).0 + 1 }
    }
    fn right(depth: u64) -> u64 {
        if depth == 0 { 0 } else { join(|| 1, || right(depth - 1)).1 + 1 }
    }
    let _watchdog = watched();
    assert_eq!((left(300), right(300)), (300, 300));
}

#[test]
fn many_foreign_threads_join_on_one_loop() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let expected = plain_fib(12);
    // More than there are shards, which they share.
    thread::scope(|s| {
        for _ in 0..40 {
            s.spawn(|| {
                for _ in 0..runs(20) {
                    assert_eq!(event_loop.run(|| fib(12)), expected);
                }
            });
        }
    });
    tests::until_no_promises(&event_loop);
}

#[test]
fn joins_in_scopes_invocations_and_bounded_maps() {
    let _watchdog = watched();
    let expected = plain_fib(10);
    let text = String::from("abc");
    let (a, b) = scope(|s| {
        let child = s.invoke(|| join(|| text.len(), || fib(10)));
        let (child, own) = join(|| child.wait(), || scope(|s| s.invoke(|| text.len()).wait()));
        assert_eq!(own, 3);
        child
    });
    assert_eq!((a, b), (3, expected));
    let (p, q) = join(|| invoke!(fib(10)), || invoke!(fib(10)));
    assert_eq!((p.wait(), q.wait()), (expected, expected));
    for value in map_bounded(0..20, 2, |_| fib(10)) {
        assert_eq!(value.unwrap(), expected);
    }
}

#[test]
fn joins_and_invocations_queue_side_by_side() {
    fn mixed(n: u64) -> u64 {
        if n < 2 {
            return n;
        }
        let p = invoke!(mixed(n - 2));
        let (a, ()) = join(|| mixed(n - 1), || ());
        a + p.wait()
    }
    let _watchdog = watched();
    for _ in 0..runs(20) {
        assert_eq!(mixed(12), plain_fib(12));
    }
}
