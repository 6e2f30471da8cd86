use async_mech::{invoke, scope};

fn f(s: &String) -> usize {
    s.len()
}

fn main() {
    scope(|s| {
        let local = String::new();
        invoke!(s => f(&local)).detach();
    });
}
