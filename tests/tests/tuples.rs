//! Tuples of promises, awaited together.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use async_mech::{
    EventLoop, Failure, FailureKind, Promise, r#await, invocable, invoke, promise, wait,
};
use tests::{Watchdog, completed, occupy, until_awaited};

/// The failure that awaiting raises.
fn raised<T>(f: impl FnOnce() -> T) -> Failure {
    let unwound = catch_unwind(AssertUnwindSafe(f)).map(drop).unwrap_err();
    *unwound.downcast().expect("a failure")
}

#[test]
fn a_tuple_of_promises_gives_the_tuple_of_their_values() {
    let (number, text) = wait((invoke!(|| 1), invoke!(|| "two")));
    assert_eq!((number, text), (1, "two"));
    assert_eq!(r#await!((invoke!(|| 1), completed('2'), invoke!(|| 3.0))), (1, '2', 3.0));
    assert_eq!(wait((completed(1),)), (1,));
}

#[invocable]
fn awaits() -> u32 {
    let (a, b) = (invoke!(|| 40), invoke!(|| 2u8)).await;
    a + u32::from(b)
}

#[test]
fn an_annotated_function_awaits_a_tuple_as_it_awaits_a_promise() {
    assert_eq!(awaits(), 42);
    assert_eq!(invoke!(|| await!((invoke!(|| 1), invoke!(|| 2)))).wait(), (1, 2));
}

#[test]
fn up_to_twelve_are_awaited_at_once() {
    let p = |n: u32| invoke!(|| n);
    let all = (p(1), p(2), p(3), p(4), p(5), p(6), p(7), p(8), p(9), p(10), p(11), p(12));
    assert_eq!(wait(all), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
}

#[test]
fn promises_and_references_may_be_mixed_and_tuples_nest() {
    let p = invoke!(|| String::from("kept"));
    let (a, (b, c)) = wait((&p, (invoke!(|| 2), &p)));
    assert_eq!((&*a, b, &*c), ("kept", 2, "kept"));
    assert_eq!(p.wait(), "kept");
}

#[test]
fn values_need_be_neither_sync_nor_clone() {
    struct Neither(Cell<u32>);
    let (a, b) = wait((invoke!(|| Neither(Cell::new(1))), invoke!(|| Neither(Cell::new(2)))));
    assert_eq!((a.0.get(), b.0.get()), (1, 2));
}

#[test]
fn the_first_failure_is_raised_although_an_earlier_promise_is_pending() {
    let (pending, resolver) = promise::<u32>();
    let (other, other_resolver) = promise::<u32>();
    let (fails, fail) = promise::<u32>();
    let id = fails.id();
    let failing = thread::spawn(|| fail.fail(std::fmt::Error));
    let failure = raised(|| wait((pending, &other, fails)));
    assert_eq!((failure.id(), failure.kind()), (id, FailureKind::Failed));
    assert!(failure.source().is_some_and(|source| source.is::<std::fmt::Error>()));
    failing.join().unwrap();
    // The others run on; a reference leaves its promise usable.
    resolver.resolve(1);
    other_resolver.resolve(2);
    assert_eq!(other.wait(), 2);
}

#[test]
fn a_failure_that_was_there_is_raised_at_once() {
    let (pending, _resolver) = promise::<u32>();
    let (also_pending, _also) = promise::<u32>();
    let (fails, fail) = promise::<u32>();
    drop(fail);
    let failure = raised(|| wait((pending, also_pending, fails)));
    assert_eq!(failure.kind(), FailureKind::Abandoned);
}

#[test]
fn tuples_wait_while_their_promises_complete_on_other_threads() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        for n in 0..2_000 {
            let (p, resolve_p) = promise();
            let (q, resolve_q) = promise();
            let a = invoke!(move || resolve_p.resolve(n));
            let b =
                invoke!(move || if n % 3 == 0 { drop(resolve_q) } else { resolve_q.resolve("q") });
            if n % 3 == 0 {
                assert_eq!(raised(|| wait((p, q))).kind(), FailureKind::Abandoned);
            } else {
                assert_eq!(wait((p, q)), (n, "q"));
            }
            wait((a, b));
        }
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn an_awaiter_lends_its_thread_only_to_the_last_one() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    event_loop.run(|| {
        let me = thread::current().id();
        let (a, b, c) = wait((completed(1), invoke!(|| thread::current().id()), completed(2)));
        assert_eq!((a, b, c), (1, me, 2));
        let (fails, fail) = promise::<u32>();
        let failing = thread::spawn(|| drop(fail));
        let queued = invoke!(|| ());
        // It has not begun when the other one fails: nobody lends a thread to it.
        let failure = raised(|| wait((&queued, fails)));
        assert_eq!(failure.kind(), FailureKind::Abandoned);
        assert!(!queued.is_completed());
        failing.join().unwrap();
        queued.wait();
    });
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn a_cancelled_awaiter_takes_with_it_what_nobody_else_holds() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (mine, resolve_mine) = promise::<u32>();
        let (shared, resolve_shared) = promise::<u32>();
        let (theirs, resolve_theirs) = promise::<u32>();
        let (id, again) = (mine.id(), shared.clone());
        let p = invoke!(move || wait((mine, again, &theirs)));
        until_awaited(&event_loop, id);
        p.cancel();
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        assert!(!event_loop.snapshot().promises.contains_key(&id), "cancelled, and forgotten");
        assert!(!shared.is_completed());
        resolve_shared.resolve(1);
        assert_eq!(shared.wait(), 1);
        resolve_mine.resolve(1);
        resolve_theirs.resolve(1);
    });
}

#[test]
fn an_execution_in_a_tuple_that_awaits_its_awaiter_is_told() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (me, tell) = promise::<Promise<u32>>();
        let p = invoke!(move || {
            let me = me.wait();
            let other = invoke!(move || me.wait());
            wait((other, completed(1), invoke!(|| 2))).0
        });
        tell.resolve(p.clone());
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Deadlock);
    });
}
