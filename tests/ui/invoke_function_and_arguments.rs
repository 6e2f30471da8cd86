use async_mech::invoke;

fn f(x: u32) -> u32 {
    x
}

fn main() {
    let _ = invoke!(f, 1);
}
