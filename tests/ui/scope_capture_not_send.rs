use async_mech::{invoke, scope};
use std::rc::Rc;

fn main() {
    let rc = Rc::new(1);
    scope(|s| invoke!(s => || *rc + 1).detach());
}
