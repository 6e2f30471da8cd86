use async_mech::scope;

fn main() {
    let local = String::new();
    scope(|s| {
        let p = s.invoke(|| &local);
        p.then(|s| s.len()).detach();
    });
}
