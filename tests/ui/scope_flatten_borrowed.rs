use async_mech::scope;

fn main() {
    let local = String::new();
    scope(|s| {
        let p = s.invoke(|| s.invoke(|| &local));
        p.flatten().wait();
    });
}
