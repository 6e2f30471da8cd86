use async_mech::{Promise, scope};

fn main() {
    let p: Promise<&String>;
    {
        let local = String::new();
        p = scope(|s| s.invoke(|| &local));
    }
    p.wait();
}
