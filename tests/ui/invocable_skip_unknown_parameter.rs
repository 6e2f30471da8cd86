use async_mech::invocable;

#[invocable(skip(pasword))]
fn login(name: &str, password: &str) -> bool {
    name == password
}

fn main() {
    login("a", "b");
}
