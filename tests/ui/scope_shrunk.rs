use async_mech::{Scope, scope};

fn shrink<'short, 'long, 'env>(s: &'short Scope<'long, 'env>) -> &'short Scope<'short, 'env> {
    s
}

fn main() {
    scope(|s| {
        let local = String::new();
        shrink(s).invoke(|| local.len()).detach();
    });
}
