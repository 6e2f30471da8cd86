//! `#[invocable]`, `#[async_mech::main]` and `#[async_mech::test]` on every kind of function.

use std::fmt::Display;
use std::num::ParseIntError;
use std::rc::Rc;
use std::thread;

use async_mech::{Failure, Promise, invocable, invoke};

fn promise(value: u32) -> Promise<u32> {
    invoke!(move || value)
}

#[invocable]
fn plus_one(value: u32) -> u32 {
    promise(value).await + 1
}

#[test]
fn a_plain_call_stays_a_plain_call() {
    assert_eq!(plus_one(1), 2);
    let f: fn(u32) -> u32 = plus_one;
    assert_eq!(f(1), 2);
    assert_eq!(invoke!(plus_one(1)).wait(), 2);
}

mod lints {
    #![deny(warnings)]

    use super::{Promise, invocable, promise};

    /// Attributes of the function stay.
    #[invocable]
    #[must_use]
    #[inline]
    #[track_caller]
    pub(crate) fn attributes() -> u32 {
        #![allow(unused_variables)]
        let unused = 1;
        promise(3).await
    }

    #[invocable]
    #[allow(clippy::redundant_closure_call, reason = "one closure is called where it stands")]
    pub(crate) fn clippy_is_quiet() -> u32 {
        let closure = |p: Promise<u32>| p.await;
        let sum: u32 = vec![promise(1), promise(2)].into_iter().map(|p| p.await).sum();
        let nested = async_mech::invoke!(|| attributes()).await;
        let block = async_mech::invoke!({ promise(1).await }).await;
        (promise(1)).await + closure(promise(1)) + sum + nested + block
    }
}

#[test]
fn the_functions_own_attributes_and_lints_stay() {
    assert_eq!(lints::attributes(), 3);
    assert_eq!(lints::clippy_is_quiet(), 9);
}

#[test]
fn what_is_async_stays_rustcs() {
    macro_rules! pair {
        ($a:expr; $b:expr) => {
            drop(($a, $b))
        };
        (@ $a:expr, $b:expr) => {{
            let _ = $a;
            $b
        }};
    }

    #[invocable]
    fn mixed() -> u32 {
        let block = async { std::future::ready(1).await };
        let closure = async || std::future::ready(1).await;
        async fn function() -> u32 {
            std::future::ready(1).await
        }
        pair!(async { std::future::ready(1).await }; async move { std::future::ready(1).await });
        pair!(async |x: u32, y: u32| std::future::ready(x + y).await; promise(1));
        let value =
            pair!(@ async move |x: u32, y: u32| std::future::ready(x + y).await, promise(1).await);
        drop((block, closure, function()));
        value
    }
    assert_eq!(mixed(), 1);
}

struct Shelf<T>(Vec<T>);

#[invocable]
impl<T: Clone> Shelf<T> {
    const FIRST: usize = 0;

    /// Stays as it is.
    const fn empty() -> Self {
        Shelf(Vec::new())
    }

    fn of(value: T) -> Self {
        Shelf(vec![value; promise(2).await as usize])
    }

    fn first(&self, _: &Rc<u32>, _: Option<T>) -> T {
        self.0[Self::FIRST].clone()
    }

    #[invocable(name = "size of a shelf", own_thread)]
    fn size(&self) -> usize
    where
        T: Sync,
    {
        self.0.len()
    }
}

impl<Item> Shelf<Item> {
    #[invocable]
    fn replace(&mut self, items: Vec<Item>, #[cfg(any())] _: Rc<u32>) -> Vec<Item> {
        std::mem::replace(&mut self.0, items)
    }
}

#[test]
fn generic_and_borrowed_parameters_need_not_be_send() {
    let mut shelf = Shelf::of(Rc::new(1));
    assert_eq!(*shelf.first(&Rc::new(1), None), 1);
    assert_eq!(shelf.replace(Vec::new()).len(), 2);
    assert_eq!(Shelf::of(1).size(), 2);
    const EMPTY: Shelf<u32> = Shelf::empty();
    assert_eq!(EMPTY.size(), 0);
}

#[test]
fn a_failure_names_the_definition() {
    #[invocable]
    fn fails() {
        panic!("by its own name");
    }
    #[invocable(name = "the named one")]
    fn fails_by_name() {
        panic!("by the name given");
    }
    struct Account;
    #[invocable]
    impl Account {
        fn fails() {
            panic!("by its type's name");
        }
    }
    fn failure(promise: Promise<()>) -> Failure {
        promise.outcome().unwrap_err()
    }

    let line = line!() - 18;
    let by_own = failure(invoke!(fails()));
    assert_eq!((by_own.name(), by_own.file(), by_own.line()), ("fails", file!(), line));
    assert_eq!(failure(invoke!(fails_by_name())).name(), "the named one");
    assert_eq!(failure(invoke!(Account::fails())).name(), "Account::fails");
}

mod own_thread {
    use super::*;

    #[invocable(own_thread)]
    fn rest<'a>(text: &'a str, mut from: usize, (add, _): (usize, ())) -> &'a str {
        from += add;
        if from > text.len() {
            return "";
        }
        &text[from..]
    }

    #[invocable(own_thread)]
    fn incremented(values: &[u32]) -> impl Iterator<Item = u32> + '_ {
        values.iter().map(|value| value + 1)
    }

    #[invocable(own_thread)]
    fn shown(text: &str) -> Result<impl Display + use<>, ParseIntError> {
        let n: u32 = text.parse()?;
        Ok(n + 1)
    }

    #[invocable(own_thread)]
    fn last(values: &mut Vec<u32>) -> &mut u32 {
        values.push(promise(1).await);
        values.last_mut().unwrap()
    }

    #[invocable(own_thread)]
    fn boxed(text: &str) -> Box<dyn Fn() -> usize + Send + '_> {
        Box::new(move || text.len())
    }

    #[invocable(own_thread)]
    fn generic<T: Send, const N: usize>(values: [T; N], f: impl Fn(usize) -> u32 + Send) -> u32 {
        f(values.len())
    }

    #[invocable(own_thread)]
    fn nothing(text: &str) {
        if text.is_empty() {
            return;
        }
        assert_eq!(text, "text");
    }

    #[invocable(own_thread)]
    fn never(text: &str) -> ! {
        panic!("{text}")
    }

    struct Counter(u32);

    impl Counter {
        #[invocable(own_thread)]
        fn add(&mut self, n: u32) -> &mut u32 {
            self.0 += n;
            &mut self.0
        }

        #[invocable(own_thread)]
        fn same(self) -> Self {
            self
        }
    }

    #[test]
    fn a_body_on_its_own_thread_borrows_its_parameters() {
        assert_eq!(rest("abcd", 1, (2, ())), "d");
        assert_eq!(incremented(&[1, 2]).sum::<u32>(), 5);
        assert_eq!(shown("1").unwrap().to_string(), "2");
        assert!(shown("x").is_err());
        let mut values = Vec::new();
        *last(&mut values) += 1;
        assert_eq!(values, [2]);
        assert_eq!(boxed("abc")(), 3);
        assert_eq!(generic(["a", "b"], |n| n as u32), 2);
        nothing("text");
        nothing("");
        assert!(std::panic::catch_unwind(|| never("text")).is_err());
        *Counter(1).same().add(2) += 1;
    }

    #[invocable(own_thread)]
    fn thread_id() -> thread::ThreadId {
        thread::current().id()
    }

    #[test]
    fn a_body_on_its_own_thread_never_shares_its_awaiters() {
        for _ in 0..100 {
            assert_ne!(invoke!(thread_id()).wait(), thread::current().id());
        }
    }
}

mod entries {
    use super::*;

    #[async_mech::main]
    fn main() -> Result<impl Display, ParseIntError> {
        let n: u32 = invoke!("42".parse()).await?;
        Ok(n)
    }

    #[test]
    fn main_returns_a_result() {
        assert_eq!(main().unwrap().to_string(), "42");
    }

    #[async_mech::test]
    #[ignore = "never to run"]
    fn a_test_may_be_ignored() {
        unreachable!();
    }

    #[async_mech::test]
    #[should_panic(expected = "too late")]
    fn a_test_may_be_meant_to_fail() {
        invoke!(|| panic!("too late")).await
    }
}
