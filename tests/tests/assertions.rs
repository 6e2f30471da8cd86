//! `assert!` with an await in it says what was written, not what the await became.

use std::panic::catch_unwind;

use async_mech::{Promise, invocable, invoke};

fn promise(value: u32) -> Promise<u32> {
    invoke!(move || value)
}

/// What the function's panic says.
fn message(f: fn()) -> String {
    let payload = catch_unwind(f).expect_err("its assertion fails");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

#[invocable]
fn postfix() {
    assert!(promise(1).await == 2);
}

#[invocable]
fn macros() {
    #[rustfmt::skip]
    assert!(await!(promise(1)) == 2,);
}

#[invocable]
fn nested() {
    let text = "{}";
    assert!(matches!(promise(text.len() as u32).await, 1 | 3));
}

#[invocable]
#[rustfmt::skip]
fn lines() {
    debug_assert!(
        promise(1).await == 2
            && promise(2).await == 2,
    );
}

#[test]
fn an_assertion_shows_its_source() {
    assert_eq!(message(postfix), "assertion failed: promise(1).await == 2");
    assert_eq!(message(macros), "assertion failed: await!(promise(1)) == 2");
    let nested = message(nested);
    assert_eq!(nested, "assertion failed: matches!(promise(text.len() as u32).await, 1 | 3)");
    assert_eq!(message(lines), "assertion failed: promise(1).await == 2 && promise(2).await == 2");
}

#[invocable]
fn with_a_message() {
    assert!(promise(1).await == 2, "{} is not {{2}}", promise(1).await);
}

#[test]
fn a_message_of_its_own_stays() {
    assert_eq!(message(with_a_message), "1 is not {2}");
}

#[invocable]
fn holds() -> u32 {
    assert!(promise(2).await == 2);
    debug_assert!(matches!(promise(2).await, 2), "it is {}", 2);
    std::assert!(promise(1).await == 1);
    promise(3).await
}

#[test]
fn what_holds_says_nothing() {
    assert_eq!(holds(), 3);
}

#[async_mech::test]
#[should_panic(expected = "assertion failed: promise(1).await > 1")]
fn a_test_says_the_same() {
    assert!(promise(1).await > 1);
}
