use async_mech::invoke;
use std::rc::Rc;

fn f(x: u32, y: Rc<u32>) -> u32 {
    x + *y
}

fn main() {
    let rc = Rc::new(1);
    let _ = invoke!(f(1, rc));
}
