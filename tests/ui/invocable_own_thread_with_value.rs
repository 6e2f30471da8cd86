use async_mech::invocable;

#[invocable(own_thread = true)]
fn f() {}

fn main() {}
