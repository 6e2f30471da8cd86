use async_mech::invoke;

fn main() {
    let _ = invoke!(vec![1]);
}
