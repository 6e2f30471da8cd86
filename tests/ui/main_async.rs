#[async_mech::main]
async fn main() {
    async_mech::invoke!(|| 1).await;
}
