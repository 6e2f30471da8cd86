//! Context: who the current execution is, and what an invocation inherits from its caller.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;

use async_mech::{
    EventLoop, FailureKind, Id, Promise, current, inherit, invocable, invoke, map_bounded,
};
use tests::{Watchdog, occupy};

/// A loop whose only thread is busy, so that what is invoked is lent its awaiter's thread.
fn with_a_busy_loop<T>(f: impl FnOnce() -> T) -> T {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let (busy, end) = occupy(&event_loop, 1);
    let result = event_loop.run(f);
    drop(end);
    busy.into_iter().for_each(Promise::wait);
    result
}

/// Calls `f` where awaiters lend their threads, and where they do not.
fn lent_and_not(f: impl Fn()) {
    with_a_busy_loop(&f);
    EventLoop::builder().lend_threads(false).build().run(&f);
    f();
}

#[test]
fn a_thread_that_is_not_ours_is_a_root_execution_and_keeps_its_id() {
    let me = current();
    assert_eq!((me.name(), me.caller()), ("root", None));
    assert_eq!(current().id(), me.id());
    let other = thread::spawn(|| (current(), current().id())).join().unwrap();
    assert_eq!((other.0.name(), other.0.caller()), ("root", None));
    assert_eq!(other.0.id(), other.1);
    assert_ne!(other.1, me.id());
}

#[async_mech::test]
fn a_test_is_a_root_execution_with_a_name() {
    assert_eq!((current().name(), current().caller()), ("test", None));
}

#[test]
fn an_invocation_knows_itself_and_its_caller_whoever_runs_it() {
    lent_and_not(|| {
        let me = current().id();
        let p = invoke!(current());
        let (id, name) = (p.id(), p.name().to_owned());
        let callee = p.wait();
        assert_eq!((callee.id(), callee.name(), callee.caller()), (id, &*name, Some(me)));
        assert_eq!(current().id(), me);
    });
}

#[test]
fn callers_lead_up_to_the_root() {
    fn down(depth: u32) -> Vec<(Id, Option<Id>)> {
        let mut below = if depth == 0 { Vec::new() } else { invoke!(down(depth - 1)).wait() };
        below.push((current().id(), current().caller()));
        below
    }
    lent_and_not(|| {
        let links = down(5);
        for pair in links.windows(2) {
            assert_eq!(pair[0].1, Some(pair[1].0), "its caller is the one above");
        }
        assert_eq!(*links.last().unwrap(), (current().id(), None));
    });
}

/// Says in whose destructor it was dropped.
struct Tells(Sender<Id>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(current().id());
    }
}

#[test]
fn destructors_belong_to_the_execution_that_drops() {
    lent_and_not(|| {
        let (tell, told) = channel();
        let (value, local) = (Tells(tell.clone()), Tells(tell.clone()));
        let p = invoke!(move || {
            let _local = local;
            value
        });
        let id = p.id();
        let value = p.wait();
        assert_eq!(told.recv(), Ok(id));
        drop(value);
        assert_eq!(told.recv(), Ok(current().id()));
        let local = Tells(tell);
        let p = invoke!(move || {
            let _local = local;
            resume_unwind(Box::new("unwinds"))
        });
        let id = p.id();
        assert!(p.outcome().is_err());
        assert_eq!(told.recv(), Ok(id));
    });
}

#[test]
fn the_destructor_of_a_thread_local_may_ask_too() {
    thread_local!(static LATE: RefCell<Option<Tells>> = const { RefCell::new(None) });
    let (tell, told) = channel();
    let id = thread::spawn(move || {
        LATE.set(Some(Tells(tell)));
        current().id()
    });
    let id = id.join().unwrap();
    // Perhaps its own, perhaps that of a root execution made for the occasion.
    assert!(told.recv().unwrap() >= id);
}

thread_local!(static REQUEST: Cell<u32> = const { Cell::new(0) });

/// Puts the former request back.
struct Back(u32);

impl Drop for Back {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

/// Lets the request follow invocations.
fn requests_follow() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        inherit(|| {
            let request = REQUEST.get();
            move || Back(REQUEST.replace(request))
        });
    });
}

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

thread_local! {
    /// Where the two hooks of the next test say what happens.
    static LOG: RefCell<Option<Sender<String>>> = const { RefCell::new(None) };
}

struct Leave(Option<Sender<String>>, &'static str);

impl Drop for Leave {
    fn drop(&mut self) {
        if let Some(log) = &self.0 {
            let _ = log.send(format!("leave {}", self.1));
        }
    }
}

fn logging_hook(name: &'static str) {
    inherit(move || {
        let log = LOG.with_borrow(Clone::clone);
        if let Some(log) = &log {
            log.send(format!("capture {name}")).unwrap();
        }
        move || {
            if let Some(log) = &log {
                log.send(format!("enter {name}")).unwrap();
            }
            Leave(log, name)
        }
    });
}

#[test]
fn hooks_are_entered_in_order_and_left_in_the_reverse_one() {
    logging_hook("a");
    logging_hook("b");
    lent_and_not(|| {
        for fails in [false, true] {
            let (log, logged) = channel();
            LOG.set(Some(log.clone()));
            let p = invoke!(move || {
                log.send("run".to_owned()).unwrap();
                if fails {
                    resume_unwind(Box::new("fails"));
                }
            });
            LOG.set(None);
            assert_eq!(p.outcome().is_err(), fails);
            let steps =
                ["capture a", "capture b", "enter a", "enter b", "run", "leave b", "leave a"];
            assert_eq!(logged.iter().collect::<Vec<_>>(), steps);
        }
    });
}

/// At which step the hooks of `misbehaving` panic, for invocations of this thread.
#[derive(Clone, Copy, PartialEq)]
enum Panics {
    Never,
    Capture,
    Enter,
    Leave,
}

thread_local!(static PANICS: Cell<Panics> = const { Cell::new(Panics::Never) });

struct PanicsOnLeave(Panics, &'static str);

impl Drop for PanicsOnLeave {
    fn drop(&mut self) {
        if self.0 == Panics::Leave {
            panic!("leave {}", self.1);
        }
    }
}

/// Two hooks that panic, after one that behaves.
fn misbehaving(panics: Panics, f: impl FnOnce()) {
    static ONCE: Once = Once::new();
    requests_follow();
    ONCE.call_once(|| {
        for name in ["first", "second"] {
            inherit(move || {
                let panics = PANICS.get();
                assert!(panics != Panics::Capture, "capture {name}");
                move || {
                    assert!(panics != Panics::Enter, "enter {name}");
                    PanicsOnLeave(panics, name)
                }
            });
        }
    });
    PANICS.set(panics);
    f();
    PANICS.set(Panics::Never);
}

#[test]
fn a_panic_in_the_capture_leaves_the_invoke_and_the_loop_keeps_nothing() {
    let event_loop = EventLoop::builder().build();
    misbehaving(Panics::Capture, || {
        event_loop.run(|| {
            let payload = catch_unwind(|| invoke!(|| 1).detach()).unwrap_err();
            assert_eq!(payload.downcast_ref::<String>().unwrap(), "capture first");
        });
    });
    assert!(event_loop.snapshot().promises.is_empty());
    assert_eq!(event_loop.invoke(|| 2).wait(), 2);
}

#[test]
fn a_panic_while_it_is_entered_fails_the_promise_and_the_function_does_not_run() {
    lent_and_not(|| {
        misbehaving(Panics::Enter, || {
            REQUEST.set(7);
            let ran = Arc::new(());
            let given = Arc::clone(&ran);
            let p = invoke!(move || Arc::strong_count(&given));
            let failure = p.outcome().unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Panicked);
            assert_eq!(failure.message(), "enter first");
            assert_eq!(REQUEST.get(), 7);
            // The function was dropped with what it captured.
            assert_eq!(Arc::strong_count(&ran), 1);
        });
    });
}

#[test]
fn a_panic_as_it_is_left_fails_the_promise_and_what_was_entered_before_is_left_too() {
    lent_and_not(|| {
        misbehaving(Panics::Leave, || {
            REQUEST.set(7);
            let value = Arc::new(());
            let given = Arc::clone(&value);
            let p = invoke!(move || {
                REQUEST.set(8);
                given
            });
            let failure = p.outcome().unwrap_err();
            assert_eq!(failure.message(), "leave second", "the first that panics");
            assert_eq!(Arc::strong_count(&value), 1, "the value is dropped");
            assert_eq!(REQUEST.get(), 7);
        });
    });
}

#[test]
fn a_panic_as_it_is_left_by_a_panic_ends_no_process_and_hides_nothing() {
    lent_and_not(|| {
        misbehaving(Panics::Leave, || {
            REQUEST.set(7);
            let p = invoke!(|| -> u32 {
                REQUEST.set(8);
                resume_unwind(Box::new("the function's own"))
            });
            let failure = p.outcome().unwrap_err();
            assert_eq!(failure.message(), "the function's own");
            assert_eq!(REQUEST.get(), 7);
        });
    });
}

thread_local!(static ASKS: RefCell<Option<Sender<(Id, Id)>>> = const { RefCell::new(None) });

#[test]
fn a_hook_may_ask_who_it_is_and_invoke_itself() {
    inherit(|| {
        // Its own invocations are not followed, or there would be no end.
        let asks = ASKS.take();
        let caller = asks.as_ref().map(|_| invoke!(|| current().caller().unwrap()).wait());
        move || {
            if let (Some(asks), Some(caller)) = (asks, caller) {
                let me = current().id();
                assert_eq!(invoke!(|| current().caller()).wait(), Some(me));
                asks.send((caller, me)).unwrap();
            }
        }
    });
    lent_and_not(|| {
        let (ask, asked) = channel();
        ASKS.set(Some(ask));
        let p = invoke!(|| current().id());
        let id = p.id();
        assert_eq!(p.wait(), id);
        assert_eq!(asked.recv(), Ok((current().id(), id)));
    });
}

thread_local!(static ADDS: Cell<bool> = const { Cell::new(false) });

#[test]
fn a_hook_may_add_another_one() {
    thread_local!(static ADDED: Cell<u32> = const { Cell::new(0) });
    inherit(|| {
        if ADDS.take() {
            inherit(|| || ADDED.set(ADDED.get() + 1));
        }
        || ()
    });
    with_a_busy_loop(|| {
        ADDS.set(true);
        assert_eq!(invoke!(|| ADDED.get()).wait(), 0, "it counts from the next invocation on");
        assert_eq!(invoke!(|| ADDED.get()).wait(), 1);
    });
}

thread_local!(static HELD: RefCell<Option<Arc<()>>> = const { RefCell::new(None) });

#[test]
fn what_an_invocation_that_never_runs_has_captured_is_dropped() {
    inherit(|| {
        let held = HELD.with_borrow(Clone::clone);
        move || held
    });
    let event_loop = EventLoop::builder().max_threads(1).build();
    let (busy, end) = occupy(&event_loop, 1);
    let value = Arc::new(());
    HELD.set(Some(Arc::clone(&value)));
    let p = event_loop.invoke(|| 1);
    HELD.set(None);
    assert_eq!(Arc::strong_count(&value), 2);
    assert_eq!(event_loop.shutdown(Duration::ZERO), 1, "the busy one");
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(Arc::strong_count(&value), 1);
    drop(end);
    busy.into_iter().for_each(Promise::wait);
}

#[test]
fn context_is_undone_when_the_awaiter_catches_what_its_await_unwinds_with() {
    requests_follow();
    with_a_busy_loop(|| {
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
