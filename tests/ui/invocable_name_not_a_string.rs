use async_mech::invocable;

#[invocable(name = fib)]
fn f() {}

fn main() {}
