use async_mech::invoke;

fn f(x: u32, y: u32) -> u32 {
    x + y
}

fn main() {
    let _ = invoke!(f(1, "str"));
}
