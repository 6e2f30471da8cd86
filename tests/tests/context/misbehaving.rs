//! Hooks that panic.

use std::cell::Cell;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Arc, Once};

use crate::lent_and_not;
use crate::request::{REQUEST, requests_follow};
use async_mech::{EventLoop, FailureKind, inherit, invoke};

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
