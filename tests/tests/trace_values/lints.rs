//! What is added to a function is no business of rustc's and clippy's lints.

#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(unused_results, unused_qualifications, single_use_lifetimes, let_underscore_drop)]
#![deny(elided_lifetimes_in_paths, trivial_casts, unused_lifetimes, variant_size_differences)]
#![deny(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
#![deny(clippy::wildcard_imports, clippy::absolute_paths, clippy::semicolon_inside_block)]
#![deny(clippy::borrow_as_ptr, clippy::min_ident_chars, clippy::items_after_statements)]

use std::fmt::Debug;

use async_mech::invocable;

#[derive(Clone, Copy, Debug)]
struct Point {
    width: u32,
}

#[invocable(skip(secret))]
fn function(
    number: u32,
    list: &mut Vec<u32>,
    (left, right): (u32, u32),
    Point { width }: Point,
    secret: &str,
    _kept: u32,
    callback: impl Fn(u32) -> u32,
) -> usize {
    list.push(callback(number + left + right + width));
    secret.len()
}

#[invocable]
impl Point {
    fn area<T: Debug>(self, other: &T) -> String {
        format!("{other:?}{}", self.width)
    }
}

#[invocable]
fn result(width: u32) -> Result<Point, String> {
    if width == 0 { Err("nothing".to_owned()) } else { Ok(Point { width }) }
}

#[test]
fn linted_functions_do_what_they_did() {
    let mut list = Vec::new();
    let point = Point { width: 5 };
    assert_eq!(function(1, &mut list, (2, 3), point, "b", 4, |sum| sum), 1);
    assert_eq!(list, [11]);
    assert_eq!(point.area(&1), "15");
    assert_eq!(result(1).map(|made| made.width), Ok(1));
}
