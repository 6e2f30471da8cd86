use async_mech::invocable;

#[invocable]
unsafe fn f(x: u32) -> u32 {
    x
}

fn main() {
    unsafe { f(1) };
}
