use async_mech::invocable;
use std::rc::Rc;

#[invocable(own_thread)]
fn f<'a>(x: &'a Rc<u32>) -> u32 {
    **x
}

fn main() {
    f(&Rc::new(1));
}
