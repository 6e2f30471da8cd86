use async_mech::invoke;

fn main() {
    let _ = invoke!(String::new().lenght());
}
