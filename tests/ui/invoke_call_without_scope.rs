use async_mech::invoke;

fn f() {}

fn main() {
    invoke!(=> f()).detach();
}
