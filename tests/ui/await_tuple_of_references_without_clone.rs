use async_mech::invoke;
use std::sync::Mutex;

#[async_mech::main]
fn main() {
    let p = invoke!(|| Mutex::new(1));
    (&p, invoke!(|| 2)).await;
}
