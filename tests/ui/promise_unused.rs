#![deny(unused_must_use)]

use async_mech::invoke;

fn f(x: u32) -> u32 {
    x
}

fn main() {
    invoke!(f(1));
}
