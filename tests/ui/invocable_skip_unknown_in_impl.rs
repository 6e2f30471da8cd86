use async_mech::invocable;

struct Account;

#[invocable(skip_all)]
impl Account {
    #[invocable(skip(pin))]
    fn open(&self, password: &str) {
        drop(password.to_owned());
    }
}

fn main() {
    Account.open("a");
}
