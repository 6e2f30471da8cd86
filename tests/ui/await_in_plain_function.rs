use async_mech::invoke;

fn main() {
    invoke!(|| 1).await;
}
