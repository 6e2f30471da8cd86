use async_mech::invoke;

fn main() {
    let s = String::new();
    let _ = invoke!(drop(s));
    println!("{s}");
}
