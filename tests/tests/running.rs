//! A level of a thread's stack of executions borrows its cell from whoever runs it. These are for
//! memcheck: each asks for, or leaves, an execution in a way that would read a cell which is gone.

use std::cell::RefCell;
use std::thread;

use async_mech::crossbeam_channel::{Sender, bounded};
use async_mech::{EventLoop, Execution, FailureKind, Id, current, invocable, invoke, promise};
use tests::{Watchdog, kind_of, until_awaited, watched, with_a_busy_loop};

#[test]
fn an_execution_whose_promise_is_gone_can_be_asked_and_waits() {
    let _watchdog = watched();
    let (begun, begins) = bounded(1);
    let (go, goes) = bounded::<()>(1);
    let (tell, told) = bounded(1);
    let p = invoke!(move || {
        begun.send(()).expect("somebody listens");
        goes.recv().expect("the promise is dropped first");
        let (inner, resolver) = promise();
        let resolves = invoke!(move || resolver.resolve(7));
        let seven: u32 = inner.wait();
        resolves.wait();
        tell.send((current(), seven)).expect("somebody listens");
    });
    let id = p.id();
    begins.recv().expect("it begins, on a thread of the loop");
    drop(p);
    go.send(()).expect("it waits");
    let (execution, seven): (Execution, u32) = told.recv().expect("it goes on");
    assert_eq!((execution.id(), seven), (id, 7));
    assert!(!execution.is_cancelled(), "asked when its cell may be gone");
}

fn deep(levels: u32, bottom: impl FnOnce() -> Vec<Id> + Send + 'static) -> Vec<Id> {
    let mut ids = match levels {
        0 => bottom(),
        _ => invoke!(deep(levels - 1, bottom)).wait(),
    };
    ids.push(current().id());
    ids
}

#[test]
fn executions_that_are_left_by_unwinding_leave_no_level() {
    with_a_busy_loop(true, || {
        let me = current().id();
        for levels in [1, 10, 100] {
            let p = invoke!(move || deep(levels, || panic!("at the bottom")));
            assert_eq!(kind_of(p.outcome()), FailureKind::Panicked);
            assert_eq!(current().id(), me);
            assert_eq!(deep(levels, Vec::new).len(), levels as usize + 1);
        }
    });
}

#[test]
fn a_parked_stack_of_executions_is_seen_and_cancelled_by_others() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let in_loop = event_loop.clone();
    let (tell, told) = bounded(1);
    let outer = event_loop.invoke(move || {
        let (p, resolver) = promise::<Vec<Id>>();
        tell.send(p.id()).expect("somebody listens");
        let ids = deep(50, move || p.wait());
        drop(resolver);
        ids
    });
    let inner = told.recv().expect("it begins");
    until_awaited(&in_loop, inner);
    assert!(in_loop.snapshot().to_string().contains("deep"));
    outer.cancel();
    assert_eq!(kind_of(outer.outcome()), FailureKind::Cancelled);
}

/// Says who it is in when its thread ends.
struct Asks(Sender<(Id, Option<Id>)>);

impl Drop for Asks {
    fn drop(&mut self) {
        let me = current();
        let _ = self.0.send((me.id(), me.caller()));
    }
}

thread_local!(static ASKS: RefCell<Option<Asks>> = const { RefCell::new(None) });

/// Whether it has a thread of its own; that one asks then.
#[invocable(own_thread)]
fn apart(asks: Asks) -> (Id, bool) {
    invoke!(|| ()).await;
    let is_own = thread::current().name().is_some_and(|name| name.contains("-own-"));
    if is_own {
        ASKS.set(Some(asks));
    }
    (current().id(), is_own)
}

#[test]
fn a_thread_that_stood_in_is_in_no_execution_when_that_is_over() {
    let _watchdog = watched();
    loop {
        let (tell, told) = bounded(2);
        let p = invoke!(apart(Asks(tell)));
        let id = p.id();
        // A thread of the loop may take it, and need not leave it.
        let (same, is_own) = p.wait();
        assert_eq!(same, id);
        if is_own {
            let (asked, caller) = told.recv().expect("its thread ends");
            assert_ne!(asked, id);
            assert_eq!(caller, None, "a root execution");
            break;
        }
    }
}
