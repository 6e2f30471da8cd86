use async_mech::invoke;

mod m {
    pub fn f(x: u32, y: u32) -> u32 {
        x + y
    }
}

fn main() {
    let _ = invoke!(m::f(1));
}
