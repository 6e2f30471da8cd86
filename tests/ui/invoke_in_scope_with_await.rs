use async_mech::{invocable, invoke, scope};

fn f() {}

#[invocable]
fn g() {
    scope(|s| invoke!(s => f().await).detach());
}

fn main() {}
