#![deny(unused_variables)]

use async_mech::invocable;

#[invocable]
fn f(parameter: u32) {
    let local = 1;
}

fn main() {
    f(1);
}
