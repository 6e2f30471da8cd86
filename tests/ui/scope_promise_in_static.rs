use async_mech::{invoke, scope};

fn main() {
    let local = String::new();
    scope(|s| {
        let p = s.invoke(|| &local);
        invoke!(|| p.wait().len()).detach();
    });
}
