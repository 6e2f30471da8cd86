//! What children borrow, and what they give.

use crate::with_loop;
use async_mech::{invoke, scope};

fn sum(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

#[test]
fn children_borrow_what_outlives_the_scope() {
    with_loop(|| {
        let numbers = [1, 2, 3, 4];
        let (left, right) = scope(|s| {
            let left = s.invoke(|| sum(&numbers[..2]));
            let right = invoke!(s => sum(&numbers[2..]));
            (left.wait(), right.wait())
        });
        assert_eq!((left, right), (3, 7));
    });
}

#[test]
fn children_change_parts_of_their_own() {
    with_loop(|| {
        let mut numbers = vec![0; 100];
        scope(|s| {
            for (n, part) in numbers.chunks_mut(7).enumerate() {
                s.invoke(move || part.fill(n)).detach();
            }
        });
        let expected: Vec<usize> = (0..100).map(|n| n / 7).collect();
        assert_eq!(numbers, expected);
    });
}

#[test]
fn every_form_of_invoke_works_in_a_scope() {
    struct Text(String);
    impl Text {
        fn count(&self, pattern: char) -> usize {
            self.0.matches(pattern).count()
        }
    }
    with_loop(|| {
        let text = Text("a,b,c".to_owned());
        let mut filled = String::new();
        let function = |text: &Text| text.count('a');
        let owned = String::from("moved");
        scope(|s| {
            let outer = s;
            let function = invoke!(s => function(&text));
            let method = invoke!(s => (&text).count(','));
            let closure = invoke!(s => || text.count('b'));
            let moved = invoke!(outer => move || owned.len());
            let block = invoke!(s => {
                filled.push_str(&text.0);
                filled.len()
            });
            let constructor = invoke!(s => Some(&text));
            let awaits = invoke!(s => || await!(invoke!(s => sum(&[1, 2]))));
            assert_eq!(function.wait() + method.wait() + closure.wait(), 4);
            assert_eq!((moved.wait(), block.wait()), (5, 5));
            assert!(std::ptr::eq(constructor.wait().expect("some"), &text));
            assert_eq!(awaits.wait(), 3);
        });
        assert_eq!(filled, text.0);
    });
}

#[test]
fn a_promise_may_leave_the_scope_if_its_value_may() {
    with_loop(|| {
        let text = String::from("abc");
        let (owned, borrowed) = scope(|s| (s.invoke(|| text.len()), s.invoke(|| &text)));
        assert!(owned.is_completed() && borrowed.is_completed());
        assert_eq!(borrowed.clone().wait(), "abc");
        assert!(std::ptr::eq(borrowed.wait(), &text));
        assert_eq!(owned.wait(), 3);
    });
}

#[test]
fn a_child_awaits_the_promise_of_another() {
    with_loop(|| {
        let text = String::from("abc");
        scope(|s| {
            let first = s.invoke(|| text.as_str());
            let second = s.invoke(move || first.wait().len());
            assert_eq!(second.wait(), 3);
        });
    });
}

#[test]
fn a_promise_is_a_future_that_borrows() {
    with_loop(|| {
        let text = String::from("abc");
        let len = scope(|s| async_mech::block_on(s.invoke(|| &text)).len());
        assert_eq!(len, 3);
    });
}

#[test]
fn a_tuple_of_promises_that_borrow_is_awaited() {
    with_loop(|| {
        let text = String::from("a b");
        let (left, right) = scope(|s| {
            async_mech::wait((s.invoke(|| &text[..1]), s.invoke(|| text[2..].to_owned())))
        });
        assert_eq!((left, right.as_str()), ("a", "b"));
    });
}
