use async_mech::invoke;

fn f() {}

fn main() {
    invoke!(5 => f()).detach();
}
