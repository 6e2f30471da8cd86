use async_mech::invoke;

fn main() {
    let _ = invoke!(match 1 {
        x => x,
    });
}
