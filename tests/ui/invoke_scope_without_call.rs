use async_mech::{invoke, scope};

fn main() {
    scope(|s| invoke!(s =>).detach());
}
