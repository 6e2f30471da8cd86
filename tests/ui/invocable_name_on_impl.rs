use async_mech::invocable;

struct Account;

#[invocable(name = "account")]
impl Account {
    fn open() {}
}

fn main() {
    Account::open();
}
