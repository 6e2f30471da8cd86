use async_mech::{invoke, scope};
use std::rc::Rc;

fn f(rc: &Rc<u32>) -> u32 {
    **rc
}

fn main() {
    let rc = Rc::new(1);
    scope(|s| invoke!(s => f(&rc)).detach());
}
