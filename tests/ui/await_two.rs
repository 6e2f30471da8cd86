use async_mech::{r#await, invoke};

fn main() {
    r#await!(invoke!(|| 1), invoke!(|| 2));
}
