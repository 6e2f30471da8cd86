#[async_mech::main]
fn main() {
    println!("{}", 5.await);
}
