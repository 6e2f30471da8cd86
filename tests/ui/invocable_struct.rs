use async_mech::invocable;

#[invocable]
pub struct Account(u64);

fn main() {
    Account(1);
}
