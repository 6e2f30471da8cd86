#[async_mech::main(skip_all)]
fn main() {}
