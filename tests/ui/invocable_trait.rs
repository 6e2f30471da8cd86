use async_mech::invocable;

#[invocable]
trait Shape {
    fn area(&self) -> u64 {
        1
    }
}

impl Shape for u64 {}

fn main() {
    3u64.area();
}
