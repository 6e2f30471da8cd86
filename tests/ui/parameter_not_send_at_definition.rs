use async_mech::invocable;
use std::cell::Cell;

struct Local(*mut u32);

#[invocable]
fn f(_: Cell<u32>, _: Local) {}

fn main() {
    f(Cell::new(1), Local(std::ptr::null_mut()));
}
