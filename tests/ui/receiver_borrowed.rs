use async_mech::invoke;

struct Account(u64);

impl Account {
    fn balance(&self) -> u64 {
        self.0
    }

    fn invoke_balance(&self) -> u64 {
        invoke!(self.balance()).wait()
    }
}

fn main() {
    Account(1).invoke_balance();
}
