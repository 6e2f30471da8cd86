//! What an invocation inherits follows it, and its awaiter finds its own again.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crate::lent_and_not;
use crate::request::{REQUEST, requests_follow};
use async_mech::{EventLoop, Id, current, invocable, invoke, map_bounded};
use tests::with_a_busy_loop;

#[test]
fn context_follows_invocations_of_invocations_and_the_awaiter_finds_its_own_again() {
    requests_follow();
    lent_and_not(|| {
        REQUEST.set(7);
        let p = invoke!(|| {
            let q = invoke!(|| REQUEST.get());
            REQUEST.set(8);
            (invoke!(|| REQUEST.get()).wait(), q.wait(), REQUEST.get())
        });
        // It inherits what there was when it was invoked.
        REQUEST.set(9);
        assert_eq!(p.wait(), (8, 7, 8));
        assert_eq!(REQUEST.get(), 9);
    });
}

#[test]
fn after_a_panic_the_awaiter_finds_its_own_again_too() {
    requests_follow();
    lent_and_not(|| {
        REQUEST.set(7);
        let p = invoke!(|| -> u32 {
            REQUEST.set(8);
            resume_unwind(Box::new("fails"))
        });
        REQUEST.set(9);
        p.outcome().unwrap_err();
        assert_eq!(REQUEST.get(), 9);
    });
}

#[test]
fn a_thread_of_the_loop_keeps_nothing_of_it() {
    requests_follow();
    let event_loop = EventLoop::builder().lend_threads(false).build();
    event_loop.run(|| {
        for request in (0..100).map(|n| n % 3) {
            REQUEST.set(request);
            let leaves_another = invoke!(|| REQUEST.replace(9));
            assert_eq!(leaves_another.wait(), request);
        }
    });
    REQUEST.set(0);
    // Nor does what nobody follows: a thread that is not the loop's begins with its own.
    assert_eq!(thread::spawn(|| invoke!(|| REQUEST.get()).wait()).join().unwrap(), 0);
}

#[invocable(own_thread)]
fn on_its_own() -> (thread::ThreadId, Id, u32) {
    (thread::current().id(), current().id(), REQUEST.replace(8))
}

#[test]
fn context_follows_to_a_thread_of_ones_own() {
    requests_follow();
    // Room for another thread, which an invocation does not get, for the awaiter is faster.
    lent_and_not(|| {
        REQUEST.set(7);
        for _ in 0..50 {
            let p = invoke!(on_its_own());
            let id = p.id();
            let (thread, me, request) = p.wait();
            assert_eq!((me, request), (id, 7));
            if thread != thread::current().id() {
                assert_eq!(REQUEST.get(), 7);
            }
        }
        REQUEST.set(7);
    });
}

#[test]
fn context_follows_to_the_items_of_a_bounded_map() {
    requests_follow();
    REQUEST.set(7);
    let requests = map_bounded(0..10, 2, |_| REQUEST.get());
    assert!(requests.map(Result::unwrap).all(|request| request == 7));
    REQUEST.set(0);
}

#[test]
fn context_is_undone_when_the_awaiter_catches_what_its_await_unwinds_with() {
    requests_follow();
    with_a_busy_loop(true, || {
        REQUEST.set(7);
        let p = invoke!(|| -> u32 {
            REQUEST.set(8);
            invoke!(|| -> u32 { resume_unwind(Box::new("deep")) }).wait()
        });
        let failure = catch_unwind(AssertUnwindSafe(|| p.wait())).unwrap_err();
        assert!(failure.is::<async_mech::Failure>());
        assert_eq!(REQUEST.get(), 7);
        REQUEST.set(0);
    });
}
