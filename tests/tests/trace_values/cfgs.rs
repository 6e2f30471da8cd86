//! Parameters that are there under a condition only.

use async_mech::invocable;

#[test]
fn a_parameter_that_is_not_there_is_not_mentioned() {
    #[invocable(skip(gone))]
    fn f(
        #[cfg(any())] gone: u32,
        #[cfg(any())] also_gone: u32,
        #[cfg(test)] there: u32,
        #[allow(unused_mut)] mut n: u32,
        #[cfg_attr(all(), allow(unused_mut))] mut m: u32,
    ) -> u32 {
        #[cfg(any())]
        uses((gone, also_gone));
        n + m + there
    }
    assert_eq!(arguments!(f(1, 2, 3)), "there = 1, n = 2");
}
