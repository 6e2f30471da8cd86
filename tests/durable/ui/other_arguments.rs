use async_mech::{durable, invocable};

#[invocable(durable)]
fn resize(image: String) -> u64 {
    image.len() as u64
}

fn main() {
    let engine = durable::embedded().unwrap();
    engine.invoke("a", resize, (1,)).unwrap().wait();
}
