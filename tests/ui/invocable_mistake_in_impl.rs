use async_mech::invocable;

struct Account(u64);

#[invocable]
impl Account {
    unsafe fn open() -> Account {
        Account(1)
    }

    async fn close(self) {}

    fn balance(&self) -> u64 {
        self.0
    }
}

fn main() {
    unsafe { Account::open() }.balance();
    drop(unsafe { Account::open() }.close());
}
