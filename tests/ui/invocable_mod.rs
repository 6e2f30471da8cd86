use async_mech::invocable;

#[invocable]
mod bank {
    pub fn f() {}
}

fn main() {
    bank::f();
}
