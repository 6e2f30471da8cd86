use async_mech::join;
use std::rc::Rc;

fn main() {
    let rc = Rc::new(1);
    // The first half may use it.
    join(|| *rc, || 1);
    join(|| 1, || *rc);
}
