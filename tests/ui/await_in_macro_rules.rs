use async_mech::invoke;

macro_rules! value {
    ($p:expr) => {
        $p.await
    };
}

#[async_mech::main]
fn main() {
    value!(invoke!(|| 1));
}
