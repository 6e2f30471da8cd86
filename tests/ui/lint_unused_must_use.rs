#![deny(unused_must_use)]

use async_mech::{invocable, invoke};

#[invocable]
#[must_use]
fn f() -> u32 {
    invoke!(|| Ok::<u32, String>(1)).await;
    1
}

fn main() {
    f();
}
