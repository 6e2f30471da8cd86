use async_mech::scope;

fn main() {
    scope(|s| {
        let local = String::new();
        s.invoke(|| local.len()).detach();
    });
}
