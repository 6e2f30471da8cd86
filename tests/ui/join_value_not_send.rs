use async_mech::join;
use std::rc::Rc;

fn main() {
    let (_first, _second) = join(|| Rc::new(1), || Rc::new(2));
}
