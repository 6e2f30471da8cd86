use async_mech::invocable;

#[invocable]
extern "C" fn f(x: u32) -> u32 {
    x
}

fn main() {
    f(1);
}
