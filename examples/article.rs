//! The article's last program, "Running the App": three executions say who they are, then 84.

use async_mech::{current, invoke};

#[async_mech::main]
fn main() {
    println!("{}", current().id());

    let outer = invoke!(|| {
        println!("{}", current().id());

        let inner = invoke!(|| {
            println!("{}", current().id());

            42
        });

        let v = inner.await;

        2 * v
    });

    println!("{}", outer.await);
}
