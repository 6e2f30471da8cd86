//! Who the current execution is.

use std::cell::RefCell;
use std::panic::resume_unwind;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::lent_and_not;
use async_mech::{Id, current, invoke};

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
