use async_mech::{Promise, scope};

fn main() {
    let local = String::new();
    scope(|s| {
        let p = s.invoke(|| &local);
        Promise::all([p]).wait();
    });
}
