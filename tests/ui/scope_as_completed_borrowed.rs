use async_mech::{Promise, scope};

fn main() {
    let local = String::new();
    scope(|s| {
        let p = s.invoke(|| &local);
        let _ = Promise::as_completed([p]).next();
    });
}
