use async_mech::invocable;

#[invocable]
async fn f() -> u32 {
    std::future::ready(1).await
}

fn main() {}
