//! async-mech under another name: `invoke!` needs nothing, the attributes take `crate = path`.

#![cfg(test)]

use mech::{invocable, invoke};

fn plain() -> u32 {
    let p = invoke!(|| await!(invoke!(|| 1)) + invoke!(|| 2).await);
    mech::r#await!(p)
}

#[invocable(crate = mech)]
fn annotated() -> u32 {
    mod nested {
        pub(super) fn f() -> u32 {
            mech::invoke!(|| 1).await
        }
    }
    nested::f() + vec![await!(invoke!(|| 2))][0]
}

#[invocable(crate = ::mech)]
impl Account {
    fn open() -> Account {
        Account(invoke!(|| 3).await)
    }

    #[invocable(name = "close", own_thread)]
    fn close(self) -> u32 {
        self.0
    }
}

struct Account(u32);

mod reexport {
    pub(crate) use mech as again;
}

#[invocable(crate = crate::reexport::again)]
fn through_a_reexport() -> u32 {
    invoke!(|| 3).await
}

macro_rules! annotate {
    ($item:item) => {
        #[invocable(crate = $crate::reexport::again)]
        $item
    };
}

annotate! {
    fn through_a_macro() -> u32 {
        invoke!(|| 3).await
    }
}

mech::mech! {
    fn in_mech() -> u32 {
        await!(invoke!(|| 3))
    }
}

#[mech::test(crate = mech)]
fn everything_finds_async_mech() {
    assert_eq!(invoke!(|| 3).await, 3);
    assert_eq!([plain(), annotated(), Account::open().close()], [3; 3]);
    assert_eq!([through_a_reexport(), through_a_macro(), in_mech()], [3; 3]);
}
