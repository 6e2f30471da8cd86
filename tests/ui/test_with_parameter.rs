#[async_mech::test]
fn adds(x: u32) {
    println!("{x}");
}

fn main() {}
