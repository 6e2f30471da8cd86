async_mech::mech! {
    #![allow(dead_code)]
    fn f() {}
}

fn main() {}
