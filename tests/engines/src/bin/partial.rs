//! A worker that has none of the functions of the others.

use async_mech::invocable;

#[path = "../start.rs"]
pub mod start;

#[invocable(durable)]
fn something_else() {}

fn main() {
    something_else();
    let engine = start::start(std::env::args().skip(1));
    start::serve();
    drop(engine);
}
