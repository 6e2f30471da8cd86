//! The article's program, word for word in every edition.

extern crate async_mech;

use async_mech::invoke;

#[async_mech::main]
fn main() {
    let outer = invoke!(|| {
        let inner = invoke!(|| 42);
        let v = await!(inner);
        2 * v
    });
    println!("{}", await!(outer));
}
