use async_mech::invoke;

fn f(s: &String) -> usize {
    s.len()
}

fn main() {
    let s = String::new();
    let _ = invoke!(f(&s));
}
