//! `fail`: an error that ends an execution as a failure.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use async_mech::{FailureKind, Promise, current, fail, invocable, invoke, promise, scope};

#[derive(Debug, PartialEq)]
struct NoDisk(u32);

impl fmt::Display for NoDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no disk {}", self.0)
    }
}

impl Error for NoDisk {}

#[invocable]
fn write_to(disk: u32) -> u32 {
    fail(NoDisk(disk))
}

#[test]
fn the_promise_fails_with_the_error() {
    let p = invoke!(write_to(7));
    let id = p.id();
    let failure = p.outcome().unwrap_err();
    assert_eq!((failure.kind(), failure.message()), (FailureKind::Failed, "no disk 7"));
    assert_eq!((failure.id(), failure.name()), (id, "write_to"));
    let source = failure.source().expect("the error");
    assert_eq!(source.downcast_ref(), Some(&NoDisk(7)));
    assert!(failure.into_panic().is_err(), "it was no panic");
}

#[test]
fn any_error_will_do() {
    let message = |p: Promise<()>| p.outcome().unwrap_err().message().to_owned();
    assert_eq!(message(invoke!(|| fail("a text"))), "a text");
    assert_eq!(message(invoke!(|| fail(format!("text {}", 2)))), "text 2");
    let boxed: Box<dyn Error + Send + Sync> = Box::new(NoDisk(3));
    assert_eq!(message(invoke!(|| fail(boxed))), "no disk 3");
}

#[test]
fn it_climbs_from_callee_to_caller() {
    let outer = invoke!(|| invoke!(write_to(1)).wait());
    let failure = outer.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert!(failure.to_string().contains(" failed, for it awaited "), "{failure}");
    assert!(failure.to_string().ends_with("failed: no disk 1"), "{failure}");
    assert_eq!(failure.origin().name(), "write_to");
}

#[test]
fn a_failure_is_passed_on_as_by_who_awaited_it() {
    let p = invoke!(|| {
        let failure = invoke!(write_to(2)).outcome().unwrap_err();
        (current().id(), failure)
    });
    let (_, failure) = p.wait();
    let passes_on = invoke!(|| -> () { fail(failure) });
    let id = passes_on.id();
    let passed_on = passes_on.outcome().unwrap_err();
    assert_eq!((passed_on.id(), passed_on.origin().name()), (id, "write_to"));
    assert_eq!(passed_on.to_string().matches("for it awaited").count(), 1, "{passed_on}");
}

#[test]
fn destructors_run_and_a_scopes_other_children_are_cancelled() {
    struct Sets(Arc<AtomicBool>);
    impl Drop for Sets {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (gate, _never) = promise::<()>();
    let dropped = Arc::new(AtomicBool::new(false));
    let sets = Sets(Arc::clone(&dropped));
    let p = invoke!(|| {
        scope(|s| {
            invoke!(s => || gate.wait()).detach();
            invoke!(s => || {
                let _sets = sets;
                fail("enough")
            })
            .detach();
        })
    });
    assert_eq!(p.outcome().unwrap_err().message(), "enough");
    assert!(dropped.load(Ordering::SeqCst));
}

#[test]
fn all_fails_at_once() {
    let (pending, _resolver) = promise::<u32>();
    let all = Promise::all([pending, invoke!(write_to(4))]);
    assert_eq!(all.outcome().unwrap_err().message(), "no disk 4");
}

#[test]
fn a_thread_of_the_systems_ends_with_the_failure() {
    let payload = thread::spawn(|| -> () { fail(NoDisk(5)) }).join().unwrap_err();
    let failure = payload.downcast::<async_mech::Failure>().expect("a failure");
    assert_eq!((failure.name(), failure.message()), ("root", "no disk 5"));
    assert!(failure.file().ends_with("fail.rs"), "{failure}");
}

#[async_mech::test]
#[should_panic(expected = "no disk 6")]
fn a_test_fails_with_its_message() {
    write_to(6);
}
