//! Two functions of one name: no engine starts.

use async_mech::{durable, invocable};
use tests_durable::Fake;

#[invocable(durable, name = "twin")]
fn first() {}

#[invocable(durable, name = "twin")]
fn second() {}

#[test]
fn both_places_are_named() {
    let expected = "two durable functions are called `twin`: at tests/durable/tests/duplicates.rs:7 \
                    and at tests/durable/tests/duplicates.rs:10; give one of them another name, \
                    `#[invocable(durable, name = \"..\")]`";
    assert_eq!(durable::embedded().unwrap_err().to_string(), expected);
    assert_eq!(durable::Handle::new(Fake::default()).unwrap_err().to_string(), expected);
    first();
    second();
}
