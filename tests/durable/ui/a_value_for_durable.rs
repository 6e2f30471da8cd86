use async_mech::invocable;

#[invocable(durable = true)]
fn resize() {}

fn main() {
    resize();
}
