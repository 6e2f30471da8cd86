#[async_mech::main]
fn main() {
    std::future::ready(5).await;
}
