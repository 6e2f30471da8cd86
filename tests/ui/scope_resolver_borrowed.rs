use async_mech::{promise, scope};

fn main() {
    let local = String::new();
    let (p, resolver) = promise();
    scope(|s| s.invoke(|| resolver.resolve(&local)).detach());
    p.wait();
}
