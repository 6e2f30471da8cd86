use async_mech::invocable;

#[invocable(skip(user.password))]
fn login(user: (&str, &str)) -> bool {
    user.0 == user.1
}

fn main() {
    login(("a", "b"));
}
