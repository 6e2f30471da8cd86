use async_mech::invoke;

#[async_mech::main]
fn main() {
    (invoke!(|| 1), 5).await;
}
