#[async_mech::test]
#[test]
fn adds() {}

fn main() {}
