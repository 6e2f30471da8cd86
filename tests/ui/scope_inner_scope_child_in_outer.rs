use async_mech::scope;

fn main() {
    scope(|outer| {
        scope(|inner| {
            outer.invoke(|| inner.invoke(|| ()).detach()).detach();
        });
    });
}
