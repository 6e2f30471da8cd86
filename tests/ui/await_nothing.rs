use async_mech::r#await;

fn main() {
    r#await!();
}
