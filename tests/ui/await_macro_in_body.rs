use async_mech::invoke;

#[async_mech::main]
fn main() {
    let p = invoke!(|| 1);
    await!(p);
}
