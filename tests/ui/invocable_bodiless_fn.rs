use async_mech::invocable;

trait Shape {
    #[invocable]
    fn area(&self) -> u64;
}

impl Shape for u64 {
    fn area(&self) -> u64 {
        *self
    }
}

fn main() {
    3.area();
}
