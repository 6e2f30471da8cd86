//! Lending: an awaiter that finds its callee not yet started runs it on its own thread.

use std::cell::{Cell, RefCell};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use async_mech::{EventLoop, Id, current, invocable, invoke, sleep};
use tests::{Watchdog, with_a_busy_loop};

fn whoami() -> (ThreadId, Id) {
    (thread::current().id(), current().id())
}

#[test]
fn an_awaiter_lends_its_thread_and_keeps_its_own_id() {
    with_a_busy_loop(true, || {
        let me = whoami();
        let p = invoke!(whoami());
        let id = p.id();
        assert_eq!(p.wait(), (me.0, id), "the awaiter's thread, the promise's id");
        assert_eq!(whoami(), me);
    });
}

#[test]
fn an_awaiter_that_lent_its_thread_is_itself_again_after_a_panic() {
    with_a_busy_loop(true, || {
        let me = whoami();
        assert!(invoke!(|| -> () { panic!("on a lent thread") }).outcome().is_err());
        assert_eq!(whoami(), me);
    });
}

#[test]
fn lending_nests() {
    with_a_busy_loop(true, || {
        let me = thread::current().id();
        let inner = invoke!(|| (whoami(), invoke!(|| (whoami(), current().caller())).wait()));
        let id = inner.id();
        let (outer, (innermost, caller)) = inner.wait();
        assert_eq!(outer, (me, id));
        assert_eq!(innermost.0, me);
        assert_eq!(caller, Some(id));
    });
}

#[test]
fn an_awaiter_claims_only_what_it_awaits() {
    with_a_busy_loop(true, || {
        let older = invoke!(whoami());
        let p = invoke!(whoami());
        assert_eq!(p.wait().0, thread::current().id());
        assert!(!older.is_completed(), "it is older, and nobody awaits it");
        older.detach();
    });
}

#[test]
fn a_lent_thread_shares_its_thread_locals() {
    thread_local! {
        static LOCAL: Cell<u32> = const { Cell::new(0) };
    }
    with_a_busy_loop(true, || {
        LOCAL.set(1);
        assert_eq!(invoke!(|| LOCAL.replace(2)).wait(), 1);
        assert_eq!(LOCAL.get(), 2);
    });
}

#[test]
fn without_lending_no_two_executions_that_live_at_once_share_a_thread() {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let me = whoami();
        for _ in 0..100 {
            let p = invoke!(|| (whoami(), invoke!(|| (whoami(), invoke!(whoami()).wait())).wait()));
            let (a, (b, c)) = p.wait();
            let (threads, ids) = ([me.0, a.0, b.0, c.0], [me.1, a.1, b.1, c.1]);
            for n in 1..4 {
                assert!(!threads[..n].contains(&threads[n]), "{threads:?}");
                assert!(ids[n - 1] < ids[n], "{ids:?}");
            }
        }
    });
}

#[test]
fn a_timed_wait_does_not_lend() {
    with_a_busy_loop(true, || {
        let p = invoke!(whoami());
        let timed_out = p.wait_timeout(std::time::Duration::from_millis(2));
        let p = timed_out.expect_err("no thread is free").into_promise();
        assert_eq!(p.wait().0, thread::current().id());
    });
}

#[test]
fn a_wait_while_panicking_does_not_lend() {
    struct Waits;
    impl Drop for Waits {
        fn drop(&mut self) {
            let (thread, _) = invoke!(whoami()).outcome().expect("a value");
            assert_ne!(thread, thread::current().id());
        }
    }
    let unwound = thread::spawn(|| {
        let _waits = Waits;
        panic!("with something to drop");
    });
    let payload = unwound.join().unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"with something to drop"));
}

#[invocable(own_thread)]
fn on_its_own_thread() -> (ThreadId, Id) {
    whoami()
}

#[test]
fn a_function_with_a_thread_of_its_own_gets_one_under_the_same_id() {
    let event_loop = EventLoop::builder().build();
    event_loop.run(|| {
        for _ in 0..50 {
            let p = invoke!(on_its_own_thread());
            let id = p.id();
            let (thread, execution) = p.wait();
            assert_ne!(thread, thread::current().id());
            assert_eq!(execution, id);
        }
    });
}

#[test]
fn a_plain_call_of_such_a_function_stays_on_the_callers_thread() {
    assert_eq!(on_its_own_thread(), whoami());
}

#[invocable(own_thread)]
fn sums(numbers: &[u32], caller: Id) -> (u32, bool) {
    // Its invocations are its own.
    let mine = invoke!(|| current().caller());
    (numbers.iter().sum(), mine.wait() == Some(caller))
}

#[test]
fn a_thread_of_ones_own_may_borrow_from_the_callers_stack() {
    let event_loop = EventLoop::builder().build();
    event_loop.run(|| {
        let p = invoke!(|| {
            let numbers = vec![1, 2, 3];
            sums(&numbers, current().id())
        });
        assert_eq!(p.wait(), (6, true));
    });
}

#[invocable(own_thread)]
fn panics() -> u32 {
    panic!("on its own thread")
}

#[test]
fn a_panic_on_a_thread_of_ones_own_reaches_the_awaiter() {
    let event_loop = EventLoop::builder().build();
    let p = event_loop.run(|| invoke!(panics()));
    let id = p.id();
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.message(), failure.name()), ("on its own thread", "panics"));
    assert_eq!(failure.id(), id);
}

#[test]
fn a_thread_of_ones_own_is_forgone_at_the_ceiling() {
    with_a_busy_loop(true, || {
        let p = invoke!(on_its_own_thread());
        let id = p.id();
        assert_eq!(p.wait(), (thread::current().id(), id));
    });
}

#[invocable(own_thread)]
fn awaits_from_its_own_thread(depth: u32) -> u32 {
    if depth == 0 {
        return 0;
    }
    let p = invoke!(awaits_from_its_own_thread(depth - 1));
    p.await + 1
}

#[test]
fn threads_of_their_own_nest() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let p = event_loop.run(|| invoke!(awaits_from_its_own_thread(200)));
    assert_eq!(p.wait(), 200);
}

/// Parks when it is dropped.
struct SleepsAtTheEnd(Sender<()>);

impl Drop for SleepsAtTheEnd {
    fn drop(&mut self) {
        sleep(Duration::from_millis(1));
        self.0.send(()).expect("the test waits");
    }
}

#[invocable(own_thread)]
fn ends_with_a_sleep(slept: Sender<()>) -> ThreadId {
    thread_local! {
        static LAST: RefCell<Option<SleepsAtTheEnd>> = const { RefCell::new(None) };
    }
    LAST.set(Some(SleepsAtTheEnd(slept)));
    // It has told others of the executions on its stack before they are gone.
    sleep(Duration::from_millis(1));
    thread::current().id()
}

#[test]
fn destructors_of_a_thread_of_its_own_may_wait() {
    let event_loop = EventLoop::builder().keep_alive(Duration::ZERO).build();
    event_loop.run(|| {
        for _ in 0..20 {
            let (slept, has_slept) = channel();
            assert_ne!(invoke!(ends_with_a_sleep(slept)).wait(), thread::current().id());
            has_slept.recv().expect("the destructor comes to its end");
        }
    });
}
