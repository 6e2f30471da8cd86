//! Generic functions, whose parameters may or may not have `Debug`.

use std::fmt::{self, Debug, Display};

use async_mech::invocable;

use crate::uses;

#[test]
fn a_type_parameter_is_shown_if_its_bounds_say_debug() {
    #[invocable]
    fn f<T, D: Debug, W>(t: T, d: D, w: W, n: u32)
    where
        W: Debug + Copy,
    {
        uses((t, d, w, n));
    }
    assert_eq!(arguments!(f(1, 2, 3, 4)), "d = 2, w = 3, n = 4");
}

#[test]
fn what_is_made_of_type_parameters_is_shown_likewise() {
    #[invocable]
    fn f<'a, T, D: Debug, const N: usize, I: IntoIterator<Item = D>>(
        ts: Vec<T>,
        ds: &'a [D; N],
        first: Option<I::Item>,
        iterator: &I::IntoIter,
        pair: (T, D),
        mutable: &'a mut D,
    ) -> &'a mut D {
        uses((ts, ds, first, iterator, pair));
        mutable
    }
    let shown = arguments!(f::<u8, u8, 1, Vec<u8>>(
        vec![1],
        &[2],
        Some(3),
        &Vec::new().into_iter(),
        (4, 5),
        &mut 6
    ));
    assert_eq!(shown, "ds = [2], first = Some(3), mutable = 6");
}

#[test]
fn impl_trait_is_shown_if_it_says_debug() {
    #[invocable]
    fn f(shown: impl Debug, not: impl Display, call: impl FnOnce() -> u32) -> u32 {
        println!("{shown:?} {not}");
        call()
    }
    assert_eq!(arguments!(f(1, 2, || 3)), "shown = 1");
}

#[test]
fn the_conditions_of_a_debug_impl_are_looked_at() {
    struct Items<I>(I);

    impl<I> Debug for Items<I>
    where
        I: Iterator + Clone,
        I::Item: Debug,
    {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_list().entries(self.0.clone()).finish()
        }
    }

    #[invocable]
    fn f<T>(yes: Items<std::ops::Range<u8>>, no: Items<u8>, maybe: Items<std::vec::IntoIter<T>>) {
        uses((yes.0, no.0, maybe.0));
    }
    assert_eq!(arguments!(f(Items(0..2), Items(0), Items(vec![1].into_iter()))), "yes = [0, 1]");
}

#[test]
fn any_lifetimes_will_do() {
    #[derive(Debug)]
    struct Holds<'a, 'b, T: ?Sized>(&'a mut &'b T);

    #[invocable]
    fn f<'a, 'b: 'a, T: Debug + ?Sized>(
        held: Holds<'a, 'b, T>,
        elided: Holds<'_, '_, str>,
        call: &dyn for<'x> Fn(&'x str) -> &'x str,
        function: for<'x> fn(&'x str) -> &'x str,
    ) -> &'b T {
        assert_eq!(function(call(elided.0)), "a");
        held.0
    }
    let shown = arguments!(f(Holds(&mut &[1]), Holds(&mut "a"), &|s| s, |s| s));
    assert!(
        shown.starts_with("held = Holds([1]), elided = Holds(\"a\"), function = 0x"),
        "{shown}"
    );
}
