//! `Debug` that fails, panics, or invokes and awaits.

use std::fmt::{self, Debug, Formatter};

use async_mech::{FailureKind, checkpoint, invocable, invoke, promise};

use crate::{arguments_in, events_of, results_in};

/// Shown by a function.
#[derive(Clone, Copy)]
struct By(fn(&mut Formatter<'_>) -> fmt::Result);

impl Debug for By {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

#[invocable]
fn same(n: u32, by: By, m: u32) -> By {
    assert_eq!(n + 1, m);
    by
}

/// What is shown of the argument, and of the result; both `-` if it is left out.
fn shown(by: fn(&mut Formatter<'_>) -> fmt::Result) -> [String; 2] {
    let events = events_of(|| invoke!(same(1, By(by), 2)).wait());
    let mut entered = arguments_in(&events).into_iter();
    let mut argument = entered.find(|arguments| arguments.starts_with("n = 1")).unwrap();
    argument = match argument.as_str() {
        "n = 1, m = 2" => "-".to_owned(),
        argument => {
            argument.strip_prefix("n = 1, by = ").unwrap().strip_suffix(", m = 2").unwrap().into()
        }
    };
    // The last to complete is the outermost.
    [argument, results_in(&events).pop().unwrap()]
}

#[test]
fn a_debug_that_panics_leaves_its_value_out() {
    assert_eq!(shown(|_| panic!("not even shown")), ["-", "-"]);
}

#[test]
fn a_debug_that_fails_is_cut_where_it_does() {
    assert_eq!(
        shown(|f| {
            f.write_str("so far")?;
            Err(fmt::Error)
        }),
        ["so far…", "so far…"],
    );
}

#[test]
fn a_debug_that_panics_is_not_why_the_function_fails() {
    #[invocable]
    fn fails(by: By) {
        std::panic::resume_unwind(Box::new(format!("without a hook, {}", size_of_val(&by))));
    }
    async_mech::install_panic_hook();
    let events = events_of(|| {
        let failure = invoke!(fails(By(|_| panic!("shown nowhere")))).outcome().unwrap_err();
        assert_eq!((failure.message(), failure.panicked_at()), ("without a hook, 8", None));
    });
    assert!(!format!("{events:?}").contains("shown nowhere"));
}

#[test]
fn a_debug_that_panics_with_a_hostile_payload_leaves_its_value_out() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    assert_eq!(shown(|_| std::panic::panic_any(Bomb)), ["-", "-"]);
}

#[test]
fn a_debug_that_ignores_errors_is_cut_all_the_same() {
    let cut = "a".repeat(200) + "…";
    assert_eq!(
        shown(|f| {
            for _ in 0..1_000 {
                let _ = f.write_str("a");
            }
            Ok(())
        }),
        [cut.clone(), cut],
    );
}

#[test]
fn a_debug_may_invoke_and_await() {
    #[invocable]
    fn inner(k: u32) -> u32 {
        k * 2
    }
    let by: fn(&mut Formatter<'_>) -> fmt::Result =
        |f| write!(f, "{}", invoke!(inner(21)).wait() + invoke!(|| inner(0)).wait());
    assert_eq!(shown(by), ["42", "42"]);

    let events = events_of(|| invoke!(same(1, By(by), 2)).wait());
    // What a value's text needs happens before the value is shown.
    assert_eq!(
        arguments_in(&events),
        ["k = 21", "k = 0", "n = 1, by = 42, m = 2", "k = 21", "k = 0"]
    );
    assert_eq!(results_in(&events), ["42", "0", "42", "0", "42"]);
}

#[test]
fn a_debug_that_awaits_a_failure_leaves_its_value_out() {
    assert_eq!(shown(|_| invoke!(|| panic!("inside")).wait()), ["-", "-"]);
}

#[test]
fn a_debug_that_notices_a_cancellation_does_not_swallow_it() {
    #[invocable]
    fn cancelled(by: By, started: async_mech::Resolver<()>) -> By {
        drop(started);
        checkpoint();
        by
    }
    let events = events_of(|| {
        let (asked, ask) = promise::<()>();
        let (p, started) = promise::<()>();
        let execution = invoke!(|| {
            let _ = asked.outcome();
            cancelled(
                By(|_| {
                    checkpoint();
                    Ok(())
                }),
                started,
            )
        });
        execution.cancel();
        drop(ask);
        assert_eq!(execution.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        assert!(p.outcome().is_err());
    });
    assert!(!results_in(&events).iter().any(|result| result == "By"));
}
