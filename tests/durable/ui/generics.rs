use async_mech::invocable;

#[invocable(durable)]
fn resize<T>(image: T) -> usize {
    size_of_val(&image)
}

fn main() {
    resize(1);
}
