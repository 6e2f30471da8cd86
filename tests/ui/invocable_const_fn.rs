use async_mech::invocable;

#[invocable]
const fn f(x: u32) -> u32 {
    x + 1
}

const ONE: u32 = f(0);

fn main() {
    println!("{ONE}");
}
