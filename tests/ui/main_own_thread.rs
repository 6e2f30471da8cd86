#[async_mech::main(own_thread)]
fn main() {}
