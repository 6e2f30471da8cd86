use async_mech::invocable;

#[invocable(name = "f", name = "g")]
fn f() {}

fn main() {}
