use async_mech::invocable;

#[invocable(nmae = "fib")]
fn f() {}

fn main() {}
