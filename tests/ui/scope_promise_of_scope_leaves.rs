use async_mech::scope;

fn main() {
    let _ = scope(|s| s.invoke(move || s));
}
