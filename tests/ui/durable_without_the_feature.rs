use async_mech::invocable;

#[invocable(durable)]
fn resize(image: String) -> u64 {
    image.len() as u64
}

fn main() {
    resize(String::new());
}
