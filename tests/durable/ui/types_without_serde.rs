use async_mech::invocable;

struct Image;
struct Thumb;

#[invocable(durable)]
fn resize(_image: Image, _size: u32) -> Thumb {
    Thumb
}

fn main() {
    resize(Image, 1);
}
