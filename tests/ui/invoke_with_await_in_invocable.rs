use async_mech::{invocable, invoke};

fn f(x: u32) -> u32 {
    x
}

#[invocable]
fn g() {
    let _ = invoke!(f(1).await);
}

fn main() {
    g();
}
