//! What is added to a function is no business of rustc's and clippy's lints.

#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(unused_results, unused_qualifications, single_use_lifetimes, let_underscore_drop)]
#![deny(elided_lifetimes_in_paths, trivial_casts, unused_lifetimes, variant_size_differences)]
#![deny(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
#![deny(clippy::wildcard_imports, clippy::absolute_paths, clippy::semicolon_inside_block)]
#![deny(clippy::borrow_as_ptr, clippy::min_ident_chars, clippy::items_after_statements)]
#![deny(clippy::implicit_return, clippy::single_call_fn)]
#![allow(clippy::implicit_return, clippy::single_call_fn, reason = "an ordinary function has them")]

use std::fmt::Debug;

use async_mech::invocable;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) width: u32,
}

#[invocable(skip(secret))]
pub(crate) fn function(
    number: u32,
    text: &str,
    list: &mut Vec<u32>,
    (left, right): (u32, u32),
    Point { width }: Point,
    secret: &str,
    _kept: u32,
    callback: impl Fn(u32) -> u32,
) -> usize {
    list.push(callback(number + left + right + width));
    text.len() + secret.len()
}

#[invocable]
impl Point {
    pub(crate) fn area<T: Debug>(self, other: &T) -> String {
        format!("{other:?}{}", self.width)
    }
}

#[invocable]
pub(crate) fn result(width: u32) -> Result<Point, String> {
    Ok(Point { width })
}

#[test]
fn linted_functions_do_what_they_did() {
    let mut list = Vec::new();
    let point = Point { width: 5 };
    assert_eq!(function(1, "a", &mut list, (2, 3), point, "b", 4, |sum| sum), 2);
    assert_eq!(list, [11]);
    assert_eq!(point.area(&1), "15");
    assert_eq!(result(1).map(|point| point.width), Ok(1));
}
