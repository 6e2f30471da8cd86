//! Each spelling of an await, in each place where it may stand.

use async_mech::invocable;

type Promise = async_mech::Promise<u32>;

fn promise(value: u32) -> Promise {
    invoke!(move || value)
}

fn add(x: u32, y: u32) -> u32 {
    x + y
}

macro_rules! tokens {
    (@ $($token:tt)*) => {
        $($token)*
    };
}

macro_rules! value {
    ($promise:expr) => {
        r#await!($promise)
    };
}

#[invocable]
fn postfix() -> u32 {
    fn nested() -> u32 {
        promise(1).await
    }
    mod inner {
        pub(super) fn nested() -> u32 {
            super::promise(1).await
        }
    }
    let closure = |p: Promise| p.await;
    promise(1).await + nested() + inner::nested() + closure(promise(1))
}

#[async_mech::test]
fn a_postfix_await_stands_in_an_annotated_function() {
    assert_eq!(postfix(), 4);
}

#[async_mech::test]
fn a_postfix_await_stands_in_the_arguments_of_macros() {
    promise(1).await;
    println!("{}", promise(1).await);
    assert_eq!(format!("{}{x}", promise(1).await, x = promise(2).await), "12");
    assert_eq!(vec![promise(1).await; 2], [1, 1]);
    assert!(matches!(Some(1), Some(x) if x == promise(1).await));
    let tokens = tokens!(@ { let p = promise(1); p.await + 1 });
    assert_eq!(tokens, 2);
}

#[async_mech::test]
fn an_await_macro_stands_in_the_arguments_of_macros() {
    println!("{}", await!(promise(1)));
    assert_eq!(vec![await!(promise(1)), await!(promise(2))], [1, 2]);
    assert_eq!(tokens!(@ { let p = promise(1); await!(p) + 1 }), 2);
    assert_eq!(tokens!(@ async_mech::await!(promise(1))), 1);
}

#[test]
fn both_stand_in_an_invocation_in_any_function() {
    let p = invoke!(|| await!(promise(1)) + promise(1).await);
    assert_eq!(p.wait(), 2);
    let p = invoke!(add(await!(promise(1)), promise(2).await));
    assert_eq!(p.wait(), 3);
    let p = invoke!({
        println!("{}", promise(1).await);
        tokens!(@ { let p = promise(1); p.await + await!(promise(1)) })
    });
    assert_eq!(p.wait(), 2);
}

#[test]
#[rustfmt::skip] // In edition 2015 rustfmt takes `r#` away.
fn the_raw_macro_stands_anywhere() {
    assert_eq!(r#await!(promise(1)), 1);
    assert_eq!(async_mech::r#await!(promise(1)), 1);
    assert_eq!(value!(promise(1)), 1);
    assert_eq!(promise(1).wait(), 1);
}

mech! {
    fn plain() -> u32 {
        let p = promise(1);
        let q = promise(1);
        await!(p) + q.await
    }

    macro_rules! twice {
        ($promise:expr) => { 2 * $promise.await };
    }

    fn with_macro() -> u32 {
        twice!(promise(1))
    }

    mod inner {
        pub(super) fn with_tokens() -> u32 {
            tokens!(@ { let p = super::promise(1); p.await + await!(super::promise(1)) })
        }
    }
}

#[test]
fn both_stand_in_the_items_of_mech() {
    assert_eq!(plain(), 2);
    assert_eq!(with_macro(), 2);
    assert_eq!(inner::with_tokens(), 2);
}

struct Account(u32);

trait Balance {
    fn own(&self) -> u32;

    #[invocable]
    fn doubled(&self) -> u32 {
        2 * promise(self.own()).await
    }
}

impl Balance for Account {
    #[invocable]
    fn own(&self) -> u32 {
        promise(self.0).await
    }
}

#[invocable]
impl Account {
    fn open(amount: u32) -> Account {
        Account(promise(amount).await)
    }

    #[invocable(own_thread, name = "interest of an account")]
    fn interest(&self, rate: &u32) -> u32 {
        self.0 * promise(*rate).await
    }
}

#[test]
fn methods_await() {
    let account = Account::open(2);
    assert_eq!(account.own() + account.doubled() + account.interest(&3), 12);
}

#[async_mech::test]
#[should_panic(expected = "too late")]
fn a_test_may_be_meant_to_fail() {
    let _: () = invoke!(|| panic!("too late")).await;
}

#[async_mech::test]
fn a_test_may_return_a_result() -> Result<(), std::num::ParseIntError> {
    let n: u32 = invoke!("42".parse()).await?;
    assert_eq!(n, 42);
    Ok(())
}
