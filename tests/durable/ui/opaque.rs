use async_mech::invocable;

#[invocable(durable)]
fn resize(images: impl Into<u64>) -> impl Into<u64> {
    images.into()
}

fn main() {
    let _: u64 = resize(1u64).into();
}
