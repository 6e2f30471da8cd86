use async_mech::invocable;

#[invocable(durble, own_thread, own_thread)]
const unsafe extern "C" fn f() {}

fn main() {
    unsafe { f() };
}
