#![deny(unused_variables)]

use async_mech::invocable;

#[invocable(skip(skipped))]
fn f(used: u32, unused: u32, skipped: u32, _fine: u32, (left, right): (u32, u32)) -> u32 {
    let closure = |n: u32| n + left;
    closure(used)
}

fn main() {
    f(1, 2, 3, 4, (5, 6));
}
