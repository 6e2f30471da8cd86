use async_mech::invoke;

fn main() {
    let _ = invoke!(async {});
}
