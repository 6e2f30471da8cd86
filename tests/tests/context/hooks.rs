//! When hooks are called, and what they may do.

use std::cell::{Cell, RefCell};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crate::lent_and_not;
use async_mech::{EventLoop, FailureKind, Id, Promise, current, inherit, invoke};
use tests::{occupy, with_a_busy_loop};

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
    with_a_busy_loop(true, || {
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
