use async_mech::{invoke, scope};

fn main() {
    let mut numbers = vec![1];
    scope(|s| {
        invoke!(s => || numbers.push(2)).detach();
        invoke!(s => || numbers.push(3)).detach();
    });
}
