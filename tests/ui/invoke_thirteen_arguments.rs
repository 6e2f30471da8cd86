use async_mech::invoke;

#[rustfmt::skip]
fn f(_: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8, _: u8) {}

fn main() {
    let _ = invoke!(f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
}
