#[async_mech::main]
fn main() {
    5.await;
}
