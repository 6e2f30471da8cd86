//! Where `await` is no keyword, `await!(p)` stands in any function's body.

#[macro_use]
extern crate async_mech;

macro_rules! value {
    ($promise:expr) => {
        await!($promise)
    };
}

fn plain() -> u32 {
    let p = invoke!(|| 1);
    let value = await!(p);
    await!(invoke!(|| ()));
    value + value!(invoke!(|| 1))
}

#[async_mech::invocable]
fn annotated() -> u32 {
    let p = invoke!(|| 1);
    let value = await!(p);
    await!(invoke!(|| ()));
    value + invoke!(|| 1).await
}

#[async_mech::test]
fn an_await_macro_stands_anywhere() {
    assert_eq!(plain() + annotated() + await!(invoke!(|| 1)), 5);
}
