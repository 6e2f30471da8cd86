use async_mech::invocable;
use std::rc::Rc;

#[invocable]
fn f(x: u32) -> Rc<u32> {
    Rc::new(x)
}

fn main() {
    f(1);
}
