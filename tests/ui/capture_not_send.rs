use async_mech::invoke;
use std::rc::Rc;

fn main() {
    let rc = Rc::new(1);
    let _ = invoke!(|| *rc + 1);
}
