use async_mech::invoke;
use std::rc::Rc;

fn f(x: u32) -> Rc<u32> {
    Rc::new(x)
}

fn main() {
    let _ = invoke!(f(1));
}
