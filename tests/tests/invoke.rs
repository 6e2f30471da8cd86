//! What `invoke!` takes, what it evaluates when, and what it calls the promise.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::num::ParseIntError;
use std::thread;

use async_mech::{Promise, invoke};

fn add(x: u32, y: u32) -> u32 {
    x + y
}

#[derive(Clone, Default)]
struct Stack(Vec<u8>);

impl Stack {
    fn of(byte: u8) -> Stack {
        Stack(vec![byte])
    }

    fn push(&mut self, byte: u8) -> usize {
        self.0.push(byte);
        self.0.len()
    }

    fn get<T: From<u8>>(&self, i: usize) -> T {
        self.0[i].into()
    }

    fn len(self) -> usize {
        self.0.len()
    }
}

struct Table {
    plain: fn(u8) -> u8,
    boxed: Box<dyn Fn(u8) -> u8 + Send>,
}

macro_rules! invoke_expression {
    ($call:expr) => {
        invoke!($call)
    };
}

#[test]
fn a_function_is_invoked_by_any_path() {
    assert_eq!(invoke!(add(1, 2)).wait(), 3);
    assert_eq!(invoke!(self::add(1, 2,)).wait(), 3);
    assert_eq!(invoke!((add(1, 2))).wait(), 3);
    assert_eq!(invoke!(add(1, 2),).wait(), 3);
    assert_eq!(invoke!(std::convert::identity::<u8>(1)).wait(), 1);
    assert_eq!(invoke!(Stack::of(1)).wait().0, [1]);
    assert_eq!(invoke!(<Stack as Default>::default()).wait().0, [0; 0]);
    assert_eq!(invoke!(Some(1)).wait(), Some(1));
}

#[test]
fn a_value_is_invoked() {
    let double = |x: u32| 2 * x;
    assert_eq!(invoke!(double(2)).wait(), 4);
    assert_eq!(invoke!((|x: u32| 2 * x)(2)).wait(), 4);

    let table = Table { plain: |x| x + 1, boxed: Box::new(|x| x + 2) };
    assert_eq!(invoke!((table.plain)(1)).wait(), 2);
    assert_eq!(invoke!((table.boxed)(1)).wait(), 3);

    let make = || |x: u8| x * 2;
    assert_eq!(invoke!(make()(4)).wait(), 8);
}

#[test]
fn a_method_is_invoked_and_its_receiver_moves_in() {
    let stack = Stack::of(1);
    assert_eq!(invoke!(stack.clone().push(2)).wait(), 2);
    assert_eq!(invoke!(stack.clone().get::<u64>(0)).wait(), 1);
    let inferred: u32 = invoke!(stack.clone().get(0)).wait();
    assert_eq!(inferred, 1);
    assert_eq!(invoke!((stack).len()).wait(), 1);
}

#[test]
fn a_closure_is_invoked_and_what_it_uses_moves_in() {
    let text = String::from("text");
    assert_eq!(invoke!(|| text.len()).wait(), 4);
    let text = String::from("text");
    assert_eq!(invoke!(move || { text.len() }).wait(), 4);
    let parsed = invoke!(|| -> Result<u32, ParseIntError> {
        let n: u32 = "7".parse()?;
        Ok(n + 1)
    });
    assert_eq!(parsed.wait(), Ok(8));
}

#[test]
fn a_block_is_invoked() {
    let text = String::from("text");
    assert_eq!(invoke!({ text.len() }).wait(), 4);

    let found = invoke!('search: {
        for n in 1.. {
            if n * n > 50 {
                break 'search n;
            }
        }
        0
    });
    assert_eq!(found.wait(), 8);

    let early = invoke!({
        if thread::panicking() {
            return 1;
        }
        2
    });
    assert_eq!(early.wait(), 2);

    // SAFETY: the bytes are ASCII.
    #[allow(unsafe_code)]
    let text = invoke!(unsafe { std::str::from_utf8_unchecked(b"text") });
    assert_eq!(text.wait(), "text");
}

#[test]
fn an_expression_of_a_macro_is_invoked() {
    assert_eq!(invoke_expression!(add(1, 2)).wait(), 3);
    assert_eq!(invoke_expression!(Stack::of(1).push(2)).wait(), 2);
    assert_eq!(invoke_expression!(|| 3).wait(), 3);
    assert_eq!(invoke_expression!({ 3 }).wait(), 3);
}

#[test]
fn up_to_twelve_arguments_are_taken() {
    #[allow(clippy::too_many_arguments)]
    #[rustfmt::skip]
    fn sum(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8, k: u8, l: u8) -> u8 {
        a + b + c + d + e + f + g + h + i + j + k + l
    }
    assert_eq!(invoke!(sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)).wait(), 78);
    assert_eq!(invoke!(thread::yield_now()).wait(), ());
}

#[test]
fn arguments_are_typed_as_in_a_plain_call() {
    fn apply<F: Fn(i32) -> i32>(f: F, x: i32) -> i32 {
        f(x)
    }
    fn boxed(f: Box<dyn Fn(&str) -> usize + Send>, text: &str) -> usize {
        f(text)
    }
    fn slice(bytes: &[u8]) -> usize {
        bytes.len()
    }
    fn show(value: impl Display) -> String {
        value.to_string()
    }
    fn show_dyn(value: &(dyn Display + Sync)) -> String {
        value.to_string()
    }
    fn count(value: Option<Vec<u8>>) -> usize {
        value.map_or(0, |bytes| bytes.len())
    }
    fn size(map: HashMap<String, u64>) -> usize {
        map.len()
    }
    fn fold<T, B>(values: Vec<T>, init: B, f: impl Fn(B, T) -> B) -> B {
        values.into_iter().fold(init, f)
    }

    assert_eq!(invoke!(apply(|x| x.pow(2), 3)).wait(), 9);
    assert_eq!(invoke!(boxed(Box::new(|text| text.len()), "abc")).wait(), 3);
    assert_eq!(invoke!(slice(b"abc")).wait(), 3);
    assert_eq!(invoke!(slice(&[1, 2])).wait(), 2);
    assert_eq!(invoke!(show("abc")).wait(), "abc");
    assert_eq!(invoke!(show(1)).wait(), "1");
    assert_eq!(invoke!(show_dyn(&1)).wait(), "1");
    assert_eq!(invoke!(count(None)).wait(), 0);
    assert_eq!(invoke!(size(Default::default())).wait(), 0);
    assert_eq!(invoke!(size([("a".into(), 1)].into_iter().collect())).wait(), 1);
    assert_eq!(invoke!(fold(vec!["a"], String::new(), |a, b| a + b)).wait(), "a");
    assert_eq!(invoke!(fold(vec![1, 2, 3], 0, |a, b| a + b)).wait(), 6);
}

#[test]
fn results_are_typed_by_what_is_expected() {
    let n: u8 = invoke!("7".parse()).wait().unwrap();
    let m: u8 = invoke!(str::parse("7")).wait().unwrap();
    let stack: Stack = invoke!(Default::default()).wait();
    let some: Promise<Option<u8>> = invoke!(Some(7));
    assert_eq!((n, m, stack.0.len(), some.wait()), (7, 7, 0, Some(7)));
}

#[test]
fn the_caller_evaluates_receiver_callee_and_arguments_from_left_to_right() {
    thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });
    fn log<T>(what: &'static str, value: T) -> T {
        LOG.with_borrow_mut(|log| log.push(what));
        value
    }

    invoke!(log("receiver", Stack::of(1)).push(log("argument", 2))).wait();
    invoke!((log("callee", add))(log("first", 1), log("second", 2))).wait();
    let log = LOG.take();
    assert_eq!(log, ["receiver", "argument", "callee", "first", "second"]);
}

#[test]
fn a_question_mark_among_the_arguments_is_the_callers() {
    fn sum(x: &str) -> Result<u32, ParseIntError> {
        Ok(invoke!(add(x.parse()?, 1)).wait())
    }
    assert_eq!(sum("1"), Ok(2));
    assert!(sum("x").is_err());
}

#[test]
fn a_promise_has_the_name_of_its_callee() {
    fn name<T>(promise: Promise<T>) -> String {
        promise.name().to_owned()
    }
    let double = |x: u32| 2 * x;
    let table = Table { plain: |x| x + 1, boxed: Box::new(|x| x) };

    assert_eq!(name(invoke!(add(1, 2))), "add");
    assert_eq!(name(invoke!(crate::add(1, 2))), "add");
    assert_eq!(name(invoke!(Stack::of(1))), "Stack::of");
    assert_eq!(name(invoke!(<Stack as Default>::default())), "Stack::default");
    assert_eq!(name(invoke!(<Vec<u8>>::with_capacity(1))), "Vec::with_capacity");
    assert_eq!(name(invoke!(Vec::<u8>::with_capacity(1))), "Vec::with_capacity");
    assert_eq!(name(invoke!(std::mem::drop::<u8>(1))), "std::mem::drop");
    assert_eq!(name(invoke!(Some(1))), "Some");
    assert_eq!(name(invoke!(double(1))), "double");
    assert_eq!(name(invoke!((table.plain)(1))), "plain");
    assert_eq!(name(invoke!((table.boxed)(1))), "boxed");
    assert_eq!(name(invoke!((|x: u8| x)(1))), "closure");
    assert_eq!(name(invoke!(Stack::of(1).clone().push(1))), "push");
    assert_eq!(name(invoke!(|| 1)), "closure");
    assert_eq!(name(invoke!({ 1 })), "block");
    assert_eq!(name(invoke_expression!(add(1, 2))), "add");
}

#[test]
fn a_promise_knows_the_line_of_its_invocation() {
    fn check<T>(promise: Promise<T>, line: u32) {
        assert_eq!((promise.location().file(), promise.location().line()), (file!(), line));
    }
    check(invoke!(add(1, 2)), line!());
    check(invoke!(Stack::of(1).push(1)), line!());
    check(invoke!(|| 1), line!());
    check(invoke!({ 1 }), line!());
    check(invoke_expression!(add(1, 2)), line!());
    let line = line!() + 1;
    let promise = invoke!(add(
        1, //
        2
    ));
    check(promise, line);
}
