//! Parameters of every type and pattern.

use std::cell::Cell;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;
use std::rc::Rc;

use async_mech::{invocable, invoke};

use crate::{arguments_in, events_of, uses};

#[derive(Clone, Debug)]
struct Point {
    x: u32,
    y: u32,
}

/// Without `Debug`.
struct Opaque(u32);

#[test]
fn values_are_shown_as_debug_writes_them() {
    #[invocable]
    fn f(n: u32, float: f64, text: &str, owned: String, list: Vec<Option<char>>, point: Point) {
        uses((n, float, text, owned, list, point));
    }
    assert_eq!(
        arguments!(f(1, 0.5, "a\"b\n", "é".into(), vec![Some('x'), None], Point { x: 1, y: 2 })),
        r#"n = 1, float = 0.5, text = "a\"b\n", owned = "é", list = [Some('x'), None], point = Point { x: 1, y: 2 }"#,
    );
}

#[test]
fn what_has_no_debug_is_left_out() {
    #[invocable]
    fn f(opaque: Opaque, n: u32, also: &Opaque, all: Vec<Opaque>, either: Result<u32, Opaque>) {
        uses((opaque.0, n, also.0, all, either));
    }
    assert_eq!(arguments!(f(Opaque(1), 2, &Opaque(3), vec![], Ok(4))), "n = 2");
}

#[test]
fn a_function_without_arguments_is_entered_too() {
    #[invocable]
    fn f() {}
    let events = events_of(|| invoke!(f()).wait());
    assert_eq!(arguments_in(&events), [""]);
    let entered =
        events.iter().find(|event| matches!(event.kind, async_mech::trace::Kind::Enter { .. }));
    let definition = entered.unwrap().site.definition.unwrap();
    assert_eq!((definition.name(), definition.file()), ("f", file!()));
}

#[test]
fn a_pattern_shows_each_name_that_it_binds() {
    #[invocable]
    #[expect(clippy::too_many_arguments, clippy::toplevel_ref_arg)]
    fn f(
        (a, (b, ..)): (u32, (u32, u32, u32)),
        Point { x, y: vertical }: Point,
        mut n: u32,
        ref r: u32,
        whole @ Point { .. }: Point,
        [first, .., last]: [u8; 3],
        _: u32,
        (Ok(either) | Err(either)): Result<u8, u8>,
        &referred: &u32,
    ) {
        n += 1;
        uses((a, b, x, vertical, n, r, whole, first, last, either, referred));
    }
    let point = Point { x: 3, y: 4 };
    assert_eq!(
        arguments!(f((1, (2, 0, 0)), point.clone(), 5, 6, point, [7, 0, 8], 9, Err(10), &11)),
        "a = 1, b = 2, x = 3, vertical = 4, n = 5, r = 6, whole = Point { x: 3, y: 4 }, \
         first = 7, last = 8, either = 10, referred = 11",
    );
}

#[test]
fn a_pattern_may_be_a_constant() {
    #[derive(Debug)]
    struct Unit;

    #[invocable]
    fn f(Unit: Unit, n: u32) -> (Unit, u32) {
        (Unit, n)
    }
    assert_eq!(arguments!(f(Unit, 1)), "Unit = Unit, n = 1");
}

#[test]
fn references_are_followed() {
    #[invocable]
    #[expect(clippy::too_many_arguments)]
    fn f<'a>(
        own: &'a Point,
        other: &&u32,
        mutable: &mut Point,
        slice: &[u8],
        tail: &mut [u8],
        dynamic: &dyn Debug,
        boxed: Box<dyn Debug + Send>,
        unsized_box: Box<str>,
        shared: &Rc<u32>,
        shown: &dyn Display,
    ) -> &'a u32 {
        mutable.x += 1;
        tail[0] += 1;
        println!("{other}{slice:?}{dynamic:?}{boxed:?}{unsized_box}{shared}{shown}");
        &own.x
    }
    assert_eq!(
        arguments!(f(
            &Point { x: 1, y: 2 },
            &&3,
            &mut Point { x: 4, y: 5 },
            &[6],
            &mut [7],
            &8,
            Box::new(9),
            "a".into(),
            &Rc::new(10),
            &11
        )),
        "own = Point { x: 1, y: 2 }, other = 3, mutable = Point { x: 4, y: 5 }, slice = [6], \
         tail = [7], dynamic = 8, boxed = 9, unsized_box = \"a\", shared = 10",
    );
}

#[test]
fn large_and_small_and_odd_types_are_shown() {
    type Many = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8);
    type More = (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8);
    #[derive(Clone, Copy, Debug)]
    struct Large([u64; 5]);

    #[invocable]
    #[expect(clippy::too_many_arguments)]
    fn f(
        large: Large,
        nothing: (),
        phantom: PhantomData<Cell<u8>>,
        cell: Cell<u8>,
        pointer: &*const u8,
        function: fn(&u8) -> u8,
        many: Many,
        more: More,
        option: Option<u64>,
    ) {
        uses((large.0, nothing, phantom, cell, pointer, many, more, option));
        assert_eq!(function(&1), 1);
    }
    let shown = arguments!(f(
        Large([1; 5]),
        (),
        PhantomData,
        Cell::new(2),
        &std::ptr::null(),
        |n| *n,
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
        Some(3)
    ));
    let (before, after) = shown.split_once(", function = 0x").unwrap();
    assert_eq!(
        before,
        "large = Large([1, 1, 1, 1, 1]), nothing = (), phantom = PhantomData<core::cell::Cell<u8>>, \
         cell = Cell { value: 2 }, pointer = 0x0",
    );
    let (_, after) = after.split_once(", ").unwrap();
    assert_eq!(after, "many = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), option = Some(3)");
}

#[test]
fn arguments_are_shown_as_they_come_in() {
    #[invocable]
    fn f(mut list: Vec<u32>, n: &mut u32, text: String) -> usize {
        list.push(1);
        *n += 1;
        drop(text);
        let text = 3;
        list.len() + text
    }
    assert_eq!(arguments!(f(vec![], &mut 0, "a".into())), r#"list = [], n = 0, text = "a""#);
}

#[test]
fn what_the_body_does_not_use_is_not_shown_so_that_rustc_can_say_so() {
    #[invocable]
    #[expect(unused_variables)]
    fn f(used: u32, unused: u32, _kept: u32, formatted: u32, width: usize, nested: &str) -> String {
        let _ = || used;
        let literal = "unused {unused";
        format!("{formatted:>width$}") + &format!("{nested }.")
    }
    assert_eq!(
        arguments!(f(1, 2, 3, 4, 5, "6")),
        r#"used = 1, _kept = 3, formatted = 4, width = 5, nested = "6""#,
    );
}

#[test]
fn names_are_those_that_people_read() {
    #[invocable]
    fn f(r#type: u32, größe: u32) -> u32 {
        r#type + größe
    }
    assert_eq!(arguments!(f(1, 2)), "type = 1, größe = 2");
}

#[test]
fn only_the_function_that_an_execution_enters_first_is_shown() {
    #[invocable]
    fn outer(n: u32) -> u32 {
        inner(n + 1)
    }
    #[invocable]
    fn inner(m: u32) -> u32 {
        m
    }
    assert_eq!(arguments!(outer(1)), "n = 1");
    // An execution that nobody invoked has no arguments.
    assert!(arguments_in(&events_of(|| outer(1))).is_empty());
}

#[test]
fn a_body_on_a_thread_of_its_own_has_been_entered_before() {
    #[invocable(own_thread)]
    fn f(text: &str, n: u32) -> u32 {
        n + u32::from(text.is_empty())
    }
    let events = events_of(|| invoke!(f("a", 1)).wait());
    assert_eq!(arguments_in(&events), [r#"text = "a", n = 1"#]);
}
