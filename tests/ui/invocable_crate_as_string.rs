use async_mech::invocable;

#[invocable(crate = "async_mech")]
fn f() {}

fn main() {}
