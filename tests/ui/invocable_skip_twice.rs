use async_mech::invocable;

#[invocable(skip(password, password), skip(name))]
fn login(name: &str, password: &str) -> bool {
    name == password
}

fn main() {
    login("a", "b");
}
