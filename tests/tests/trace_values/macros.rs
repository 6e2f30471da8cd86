//! Functions that macros write.

use async_mech::invocable;

macro_rules! function {
    ($name:ident($parameter:ident) $body:block) => {
        #[invocable(skip(hidden))]
        fn $name(n: u32, $parameter: u32, hidden: u32, (n_and, _): (u32, u32)) -> u32 {
            let of_the_call = $body;
            n * 100 + of_the_call + hidden + n_and
        }
    };
}

// Both of its names are `n`, and two variables.
function!(f(n) { n + 1 });

#[test]
fn names_of_a_macro_and_of_its_caller_are_told_apart() {
    assert_eq!(f(2, 3, 4, (5, 6)), 213);
    assert_eq!(arguments!(f(2, 3, 4, (5, 6))), "n = 2, n = 3, n_and = 5");
}

macro_rules! methods {
    ($ty:ident { $($method:ident)* }) => {
        #[invocable]
        impl $ty {
            $(fn $method(&self, by: u32) -> u32 {
                self.0 + by
            })*
        }
    };
}

#[derive(Debug)]
struct Number(u32);

methods!(Number { plus });

#[test]
fn methods_of_a_macro_show_themselves() {
    assert_eq!(arguments!(Number(1).plus(2)), "self = Number(1), by = 2");
}
