use async_mech::invocable;

struct Account;

#[invocable(skip(password))]
impl Account {
    fn open(&self, password: &str) {
        drop(password.to_owned());
    }
}

fn main() {
    Account.open("a");
}
