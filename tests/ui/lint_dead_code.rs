#![deny(dead_code)]

use async_mech::invocable;

#[invocable]
fn f() {}

struct Account;

#[invocable]
impl Account {
    fn open() {}
}

fn main() {}
