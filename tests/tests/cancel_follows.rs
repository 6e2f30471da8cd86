//! Cancel follows the await: what a cancelled execution awaits is cancelled if nobody else holds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use async_mech::{
    Cancellation, EventLoop, Failure, FailureKind, Id, Promise, checkpoint, current, invoke,
    promise, sleep, wait,
};
use tests::{Watchdog, until_awaited, until_completed, until_no_promises};

/// Executions that await each other are on threads of their own.
fn parking() -> EventLoop {
    EventLoop::builder().lend_threads(false).build()
}

/// Awaiters lend the only thread.
fn lending() -> EventLoop {
    EventLoop::builder().max_threads(1).build()
}

fn in_each_loop(f: impl Fn(&EventLoop, bool)) {
    for (event_loop, lends) in [(parking(), false), (lending(), true)] {
        let _watchdog = Watchdog::over(&event_loop);
        event_loop.run(|| f(&event_loop, lends));
    }
}

fn requested(lends: bool) -> Cancellation {
    if lends { Cancellation::Deferred } else { Cancellation::Requested }
}

fn assert_cancelled<T>(p: Promise<T>) {
    // So that nobody lends a thread.
    until_completed(&p);
    let id = p.id();
    let failure = p.outcome().map(|_| "a value").unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id));
    assert_eq!(failure.origin().id(), id, "{failure}");
}

/// Sends its name when it is dropped.
struct Dropped(&'static str, Sender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.1.send(self.0);
    }
}

/// A function that awaits one that awaits the last one, which awaits the gate.
fn chain(gate: Promise<u32>, drops: &Sender<&'static str>) -> Promise<u32> {
    let [a, b, c] = ["outer", "middle", "inner"].map(|name| Dropped(name, drops.clone()));
    invoke!(move || {
        let _a = a;
        let middle = invoke!(move || {
            let _b = b;
            let inner = invoke!(move || {
                let _c = c;
                gate.wait()
            });
            inner.wait()
        });
        middle.wait()
    })
}

#[test]
fn a_chain_ends_with_its_first_execution() {
    in_each_loop(|event_loop, lends| {
        let ((gate, _resolver), (drops, dropped)) = (promise(), channel());
        let id = gate.id();
        let p = chain(gate, &drops);
        drop(drops);
        until_awaited(event_loop, id);
        assert_eq!(p.cancel(), requested(lends));
        assert_cancelled(p);
        let mut names: Vec<_> = dropped.iter().collect();
        names.sort_unstable();
        assert_eq!(names, ["inner", "middle", "outer"]);
        // The gate, which the last one alone held, too.
        until_no_promises(event_loop);
    });
}

#[test]
fn a_promise_that_somebody_else_holds_ends_the_chain() {
    in_each_loop(|event_loop, _| {
        let ((gate, resolver), (drops, dropped)) = (promise(), channel());
        let (id, hold) = (gate.id(), gate.clone());
        let p = chain(gate, &drops);
        drop(drops);
        until_awaited(event_loop, id);
        p.cancel();
        assert_cancelled(p);
        assert_eq!(dropped.iter().count(), 3);
        assert!(!hold.is_completed());
        resolver.resolve(9);
        assert_eq!(hold.wait(), 9);
    });
}

/// An execution, cancelled while its callee, which the test holds too, runs `then`; and the callee.
/// It has passed `then` when told to go on.
fn awaiting_a_shared_callee<T: Clone + Send + 'static>(
    then: impl FnOnce(&Receiver<()>) -> T + Send + 'static,
) -> (Promise<T>, Promise<T>, Sender<()>) {
    let (hand, handed) = channel();
    let ((begun, begins), (go, goes_on)) = (channel(), channel());
    let p = invoke!(move || {
        let callee = invoke!(move || {
            begun.send(()).unwrap();
            then(&goes_on)
        });
        hand.send(callee.clone()).unwrap();
        callee.wait()
    });
    begins.recv().unwrap();
    (p, handed.recv().unwrap(), go)
}

#[test]
fn a_callee_that_somebody_else_holds_runs_on_and_only_its_awaiter_ends() {
    in_each_loop(|event_loop, lends| {
        let (p, callee, go) = awaiting_a_shared_callee(|goes_on| {
            goes_on.recv().unwrap();
            checkpoint();
            sleep(Duration::from_millis(1));
            current().is_cancelled()
        });
        until_awaited(event_loop, callee.id());
        assert_eq!(p.cancel(), requested(lends));
        if lends {
            assert!(!p.is_completed(), "its thread is lent");
        } else {
            until_completed(&p);
        }
        go.send(()).unwrap();
        assert!(!callee.is_cancelled());
        until_completed(&callee);
        assert!(!callee.wait());
        assert_cancelled(p);
    });
}

#[test]
fn a_callee_that_is_lent_the_thread_is_cancelled_while_it_computes() {
    let event_loop = lending();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let ((begun, begins), (ended, ends)) = (channel(), channel());
        let p = invoke!(move || {
            let callee = invoke!(move || {
                begun.send(()).unwrap();
                while !current().is_cancelled() {
                    thread::yield_now();
                }
                ended.send("told").unwrap();
                checkpoint();
                ended.send("beyond").unwrap();
            });
            callee.wait();
        });
        begins.recv().unwrap();
        assert_eq!(p.cancel(), Cancellation::Deferred);
        assert_cancelled(p);
        assert_eq!(ends.iter().collect::<Vec<_>>(), ["told"]);
    });
}

#[test]
fn in_a_lent_chain_who_is_held_elsewhere_goes_on_and_those_below_end_after_it() {
    let event_loop = lending();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (hand, handed) = channel();
        let ((gate, resolver), (drops, dropped)) = (promise::<u32>(), channel());
        let id = gate.id();
        let [a, b, c] = ["outer", "middle", "inner"].map(|name| Dropped(name, drops.clone()));
        let p = invoke!(move || {
            let _a = a;
            let middle = invoke!(move || {
                let _b = b;
                let inner = invoke!(move || {
                    let _c = c;
                    checkpoint();
                    let value = gate.wait();
                    checkpoint();
                    value
                });
                hand.send(inner.clone()).unwrap();
                let _ = inner.wait();
                unreachable!("it is cancelled with the outer one");
            });
            middle.wait();
        });
        drop(drops);
        until_awaited(&event_loop, id);
        p.cancel();
        let inner = handed.recv().unwrap();
        resolver.resolve(4);
        until_completed(&inner);
        assert_eq!(inner.wait(), 4);
        assert_cancelled(p);
        assert_eq!(dropped.iter().collect::<Vec<_>>(), ["inner", "middle", "outer"]);
    });
}

#[test]
fn a_cancelled_execution_starts_nothing_that_it_awaits() {
    let event_loop = lending();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let ran = Arc::new(AtomicBool::new(false));
        for shared in [false, true] {
            let runs = Arc::clone(&ran);
            let (hand, handed) = channel();
            let ((begun, begins), (go, goes_on)) = (channel(), channel::<()>());
            let p = invoke!(move || {
                begun.send(()).unwrap();
                goes_on.recv().unwrap();
                let callee = invoke!(move || runs.store(true, Ordering::SeqCst));
                hand.send(shared.then(|| callee.clone())).unwrap();
                callee.wait();
            });
            begins.recv().unwrap();
            p.cancel();
            go.send(()).unwrap();
            assert_cancelled(p);
            if let Some(callee) = handed.recv().unwrap() {
                until_completed(&callee);
                assert!(!callee.is_cancelled() && callee.outcome().is_ok());
            }
            assert_eq!(ran.load(Ordering::SeqCst), shared);
        }
    });
}

#[test]
fn cancel_follows_a_timed_wait() {
    in_each_loop(|event_loop, _| {
        let (drops, dropped) = channel();
        let (gate, _resolver) = promise::<()>();
        let id = gate.id();
        let p = invoke!(move || drop(gate.wait_timeout(Duration::from_secs(3_600))));
        until_awaited(event_loop, id);
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_cancelled(p);
        let (begun, begins) = channel();
        let guard = Dropped("callee", drops);
        let event_loop = EventLoop::builder().build();
        let p = event_loop.invoke(move || {
            let callee = invoke!(move || {
                let _guard = guard;
                begun.send(()).unwrap();
                sleep(Duration::MAX);
            });
            let _ = callee.wait_timeout(Duration::from_secs(3_600));
        });
        begins.recv().unwrap();
        p.cancel();
        assert_eq!(dropped.recv(), Ok("callee"));
        assert_cancelled(p);
    });
}

#[test]
fn a_clone_that_the_execution_itself_keeps_counts() {
    in_each_loop(|event_loop, _| {
        let ((gate, resolver), (done, is_done)) = (promise(), channel());
        let id = gate.id();
        let p = invoke!(move || {
            let callee = invoke!(move || {
                gate.wait();
                done.send(current().is_cancelled()).unwrap();
            });
            wait(&callee);
        });
        until_awaited(event_loop, id);
        p.cancel();
        resolver.resolve(());
        assert_eq!(is_done.recv(), Ok(false));
        assert_cancelled(p);
    });
}

#[test]
fn an_awaiter_that_catches_the_unwinding_has_cancelled_its_callee_all_the_same() {
    in_each_loop(|event_loop, _| {
        let (gate, _resolver) = promise::<()>();
        let (drops, dropped) = channel();
        let (id, guard) = (gate.id(), Dropped("callee", drops));
        let p = invoke!(move || {
            let callee = invoke!(move || {
                let _guard = guard;
                gate.wait();
            });
            let payload = catch_unwind(AssertUnwindSafe(|| callee.outcome())).unwrap_err();
            payload.downcast_ref::<Failure>().map(|failure| failure.id() == current().id())
        });
        until_awaited(event_loop, id);
        p.cancel();
        assert_eq!(dropped.recv(), Ok("callee"));
        until_completed(&p);
        assert_eq!(p.wait(), Some(true));
    });
}

#[test]
fn what_it_does_not_await_runs_on() {
    in_each_loop(|event_loop, _| {
        let ((gate, _resolver), (open, opened)) = (promise::<()>(), promise::<()>());
        let (id, (done, is_done)) = (gate.id(), channel());
        let other = EventLoop::builder().build();
        let inside = other.clone();
        let p = invoke!(move || {
            let hold = inside.invoke(move || {
                open.wait();
                done.send(current().is_cancelled()).unwrap();
            });
            gate.wait();
            hold.wait();
        });
        until_awaited(event_loop, id);
        p.cancel();
        assert_cancelled(p);
        opened.resolve(());
        assert_eq!(is_done.recv(), Ok(false));
    });
}

type Awaits = fn(Promise<u32>, Promise<u32>);

/// Each awaits both, one way or another.
const COMBINATORS: [(&str, Awaits); 9] = [
    ("all", |a, b| drop(Promise::all([a, b]).wait())),
    ("any", |a, b| {
        let _ = Promise::any([a, b]).wait();
    }),
    ("race", |a, b| {
        let _ = Promise::race([a, b]).wait();
    }),
    ("all_settled", |a, b| drop(Promise::all_settled([a, b]).wait())),
    ("as_completed", |a, b| drop(Promise::as_completed([a, b]).next())),
    ("tuple", |a, b| {
        let _ = wait((a, b));
    }),
    ("timed", |a, b| drop(Promise::all([a, b]).wait_timeout(Duration::from_secs(3_600)))),
    ("then", |a, b| drop(Promise::all([a.then(|n| n + 1), b.then(|n| n + 1)]).wait())),
    ("nested", |a, b| drop(Promise::all([Promise::race([a]), Promise::any([b])]).wait())),
];

#[test]
fn the_inputs_of_the_combinator_that_it_awaits_are_cancelled() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    for (name, awaits) in COMBINATORS {
        let (drops, dropped) = channel();
        let [a, b] = ["a", "b"].map(|name| {
            let (guard, (begun, begins)) = (Dropped(name, drops.clone()), channel());
            let p = event_loop.invoke(move || {
                let _guard = guard;
                begun.send(()).unwrap();
                sleep(Duration::MAX);
                0
            });
            begins.recv().unwrap();
            p
        });
        drop(drops);
        let (id, p) = (b.id(), event_loop.invoke(move || awaits(a, b)));
        until_linked(&event_loop, id);
        assert!(matches!(p.cancel(), Cancellation::Requested), "{name}");
        assert_cancelled(p);
        assert_eq!(dropped.iter().count(), 2, "{name}");
    }
}

/// Until something is told when the promise completes.
fn until_linked(event_loop: &EventLoop, id: Id) {
    until_awaited(event_loop, id);
}

#[test]
fn an_input_that_somebody_else_holds_is_not_cancelled() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    for (name, awaits) in COMBINATORS {
        let ((a, resolve), (b, other)) = event_loop.run(|| (promise(), promise()));
        let (id, hold) = (b.id(), a.clone());
        let p = event_loop.invoke(move || awaits(a, b));
        until_linked(&event_loop, id);
        p.cancel();
        assert_cancelled(p);
        assert!(!hold.is_completed(), "{name}");
        resolve.resolve(3);
        assert_eq!(hold.wait(), 3, "{name}");
        drop(other);
    }
}

#[test]
fn a_combinator_that_is_cancelled_fails_at_once_with_its_own_name() {
    type Make = fn(Promise<u32>) -> Promise<()>;
    let makes: [(&str, Make); 6] = [
        ("all", |p| Promise::all([p]).then(drop)),
        ("any", |p| Promise::any([p]).then(drop)),
        ("race", |p| Promise::race([p]).then(drop)),
        ("all_settled", |p| Promise::all_settled([p]).then(drop)),
        ("then", |p| p.then(|n| n + 1).then(drop)),
        ("flatten", |p| p.then(|_| promise::<()>().0).flatten()),
    ];
    for (name, make) in makes {
        let (input, resolver) = promise();
        let (id, hold) = (input.id(), input.clone());
        let p = make(input);
        assert_eq!(p.cancel(), Cancellation::Done, "{name}");
        assert_eq!(p.cancel(), Cancellation::AlreadyCompleted, "{name}");
        assert_cancelled(p);
        assert!(!hold.is_completed() && hold.id() == id, "{name}");
        drop(hold);
        resolver.resolve(1);
    }
}

#[test]
fn as_completed_that_is_dropped_lets_its_inputs_run_on() {
    let (done, is_done) = channel();
    let (gate, resolver) = promise::<()>();
    let p = invoke!(move || {
        gate.wait();
        done.send(current().is_cancelled()).unwrap();
    });
    drop(Promise::as_completed([p]));
    resolver.resolve(());
    assert_eq!(is_done.recv(), Ok(false));
}
