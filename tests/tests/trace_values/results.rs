//! Results.

use async_mech::{Promise, invocable, invoke};

use crate::{events_of, results_in};

#[derive(Clone, Debug)]
struct Point {
    x: u32,
}

struct Opaque;

#[invocable]
fn point(x: u32) -> Point {
    Point { x }
}

#[invocable]
fn points(x: u32) -> Result<Vec<Point>, String> {
    Ok(vec![point(x).x, x].into_iter().map(|x| Point { x }).collect())
}

#[invocable]
fn fails(text: &'static str) -> Result<(), &'static str> {
    Err(text)
}

#[invocable]
fn opaque() -> Opaque {
    Opaque
}

#[invocable]
fn nothing() {}

#[invocable]
fn generic<T>(value: T) -> T {
    value
}

#[invocable]
fn open() -> impl Send + 'static + std::fmt::Debug + Clone {
    3_u8
}

#[invocable]
fn boxed() -> Box<dyn Fn() -> u32 + Send> {
    Box::new(|| 1)
}

#[invocable(own_thread)]
fn apart(x: u32) -> Point {
    Point { x }
}

#[test]
fn an_annotated_functions_result_is_shown_if_it_has_debug() {
    assert_eq!(result!(point(1)), "Point { x: 1 }");
    assert_eq!(result!(points(1)), "Ok([Point { x: 1 }, Point { x: 1 }])");
    assert_eq!(result!(fails("no")), r#"Err("no")"#);
    assert_eq!(result!(opaque()), "-");
    assert_eq!(result!(nothing()), "()");
    assert_eq!(result!(boxed()), "-");
    assert_eq!(result!(apart(1)), "Point { x: 1 }");
}

#[test]
fn of_a_type_that_is_open_the_well_known_ones_are_shown() {
    assert_eq!(result!(generic(1_u8)), "1");
    assert_eq!(result!(generic(String::from("a"))), r#""a""#);
    assert_eq!(result!(generic(Point { x: 1 })), "-");
    assert_eq!(result!(open()), "3");
}

#[test]
fn of_closures_and_other_functions_the_well_known_types_are_shown() {
    assert_eq!(result!(1 + 1), "2");
    assert_eq!(result!(String::from("a\nb")), r#""a\nb""#);
    assert_eq!(result!(Point { x: 1 }), "-");
    let events = events_of(|| invoke!(u8::from_str_radix("10", 2)).wait());
    assert_eq!(results_in(&events), ["-"]);
}

#[test]
fn a_closure_may_have_another_result_than_the_function_that_it_calls() {
    assert_eq!(result!(point(3).x), "3");
    assert_eq!(result!((point(3), 1)), "-");
}

#[test]
fn a_method_shows_its_result_too() {
    struct Shelf;

    #[invocable]
    impl Shelf {
        fn point() -> Point {
            Point { x: 1 }
        }
    }
    assert_eq!(result!(Shelf::point()), "Point { x: 1 }");
}

#[test]
fn a_promise_is_a_value_like_any_other() {
    #[invocable]
    fn takes(promise: Promise<u32>) -> Promise<u32> {
        promise
    }
    let events = events_of(|| invoke!(takes(invoke!(|| 1))).wait().wait());
    let arguments = crate::arguments_in(&events);
    assert!(arguments[0].starts_with("promise = Promise"), "{arguments:?}");
    let results = results_in(&events);
    assert!(results.iter().any(|result| result.starts_with("Promise")), "{results:?}");
    assert!(results.iter().any(|result| result == "1"), "{results:?}");
}
