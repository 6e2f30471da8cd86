use async_mech::{invoke, scope};

fn f() {}

fn main() {
    scope(|s| invoke!(s => s => f()).detach());
}
