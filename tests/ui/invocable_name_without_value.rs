use async_mech::invocable;

#[invocable(name)]
fn f() {}

fn main() {}
