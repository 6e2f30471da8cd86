//! Methods, and what `self` is.

use std::pin::Pin;
use std::sync::Arc;

use async_mech::{invocable, invoke};

use crate::{arguments_in, events_of};

#[derive(Clone, Debug)]
struct Account(u64);

#[invocable]
impl Account {
    fn by_value(self, n: u64) -> u64 {
        self.0 + n
    }

    fn by_mut_value(mut self, n: u64) -> Self {
        self.0 += n;
        self
    }

    fn by_ref(&self) -> u64 {
        self.0
    }

    fn by_mut(&mut self, n: u64) -> &mut u64 {
        self.0 += n;
        &mut self.0
    }

    fn boxed(self: Box<Self>) -> u64 {
        self.0
    }

    fn shared(self: Arc<Self>) -> u64 {
        self.0
    }

    fn shared_ref(self: &Arc<Self>) -> u64 {
        self.0
    }

    fn pinned(self: Pin<&mut Self>) -> u64 {
        self.0
    }

    fn pinned_box(self: Pin<Box<Self>>) -> u64 {
        self.0
    }

    fn without(&self, n: u64) -> u64 {
        n
    }
}

#[test]
fn every_kind_of_self_is_shown() {
    let of = Account;
    assert_eq!(arguments!(of(1).by_value(2)), "self = Account(1), n = 2");
    assert_eq!(arguments!(of(1).by_mut_value(2)), "self = Account(1), n = 2");
    assert_eq!(arguments!(of(1).by_ref()), "self = Account(1)");
    assert_eq!(arguments!(of(1).by_mut(2)), "self = Account(1), n = 2");
    assert_eq!(arguments!(Box::new(of(1)).boxed()), "self = Account(1)");
    assert_eq!(arguments!(Arc::new(of(1)).shared()), "self = Account(1)");
    assert_eq!(arguments!(Arc::new(of(1)).shared_ref()), "self = Account(1)");
    assert_eq!(arguments!(Pin::new(&mut of(1)).pinned()), "self = Account(1)");
    assert_eq!(arguments!(Box::pin(of(1)).pinned_box()), "self = Account(1)");
    assert_eq!(arguments!(of(1).without(2)), "n = 2");
    let events = events_of(|| invoke!(of(1).by_value(2)).wait());
    assert_eq!(arguments_in(&events), ["self = Account(1), n = 2"]);
}

trait Named {
    #[invocable]
    fn provided(&self, n: u32) -> u32
    where
        Self: std::fmt::Debug,
    {
        self.required(n)
    }

    #[invocable]
    fn unknown(&self, n: u32) -> u32 {
        self.required(n)
    }

    fn required(&self, n: u32) -> u32;
}

impl Named for Account {
    #[invocable]
    fn required(&self, n: u32) -> u32 {
        u32::try_from(self.0).unwrap() + n
    }
}

#[test]
fn methods_of_traits_are_shown() {
    assert_eq!(arguments!(Account(1).provided(2)), "self = Account(1), n = 2");
    assert_eq!(arguments!(Account(1).unknown(2)), "n = 2");
    assert_eq!(arguments!(Account(1).required(2)), "self = Account(1), n = 2");
}

#[test]
fn methods_of_others_called_like_ours_change_nothing() {
    trait Blanket {
        fn argument(&self) -> u32 {
            1
        }
        fn enter(&self) {}
        fn begin(&self) {}
    }
    impl<T: ?Sized> Blanket for T {}

    #[invocable]
    fn f(n: u32) -> u32 {
        n.enter();
        n.begin();
        n.argument()
    }
    assert_eq!(arguments!(f(2)), "n = 2");
}
