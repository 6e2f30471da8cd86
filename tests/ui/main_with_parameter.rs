#[async_mech::main]
fn start(x: u32) {
    println!("{x}");
}

fn main() {
    start(1);
}
