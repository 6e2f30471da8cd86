//! The callee of `cell/stage.rs`, with loom: one of those who ask gets it, and no two have it at once.

#![cfg(loom)]
#![allow(unsafe_code, reason = "a cell of loom is looked into by a pointer")]

use std::rc::Rc;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use self::stage::{Room, Stage};

/// What the file finds at the path it names.
mod sync {
    pub(crate) use loom::sync::atomic;
}

#[path = "../../../async-mech/src/cell/stage.rs"]
#[allow(dead_code, reason = "a model needs not all of it")]
mod stage;

/// As much of a cell as the file looks at.
struct Cell<T, F> {
    base: Base<T>,
    callee: Room<F>,
}

struct Base<T> {
    header: Header,
    _value: T,
}

struct Header {
    stage: Stage,
}

impl<F> Cell<(), F> {
    fn new(callee: F) -> Arc<Self> {
        let base = Base { header: Header { stage: Stage::new() }, _value: () };
        let mut cell = Cell { base, callee: Room::new() };
        cell.put_callee(callee);
        Arc::new(cell)
    }
}

/// What a callee has, which is its taker's alone; it says how often it was used. Counted by an `Rc`, as
/// threads of loom are one of the system.
struct Owned(UnsafeCell<u32>);

impl Owned {
    fn uses(&self) -> u32 {
        self.0.with_mut(|uses| unsafe {
            *uses += 1;
            *uses
        })
    }
}

/// So many ask at once for what all of them can reach. Who gets it uses it, and says so.
fn all_ask(asking: usize, cell: &Arc<Cell<(), Rc<Owned>>>) -> usize {
    let ask = || {
        let cell = Arc::clone(cell);
        thread::spawn(move || cell.take_callee().map_or(0, |owned| owned.uses() as usize))
    };
    let asking: Vec<_> = (0..asking).map(|_| ask()).collect();
    asking.into_iter().map(|it| it.join().unwrap()).sum()
}

#[test]
fn of_those_who_ask_for_a_callee_one_gets_it() {
    loom::model(|| {
        let owned = Rc::new(Owned(UnsafeCell::new(0)));
        let cell = Cell::new(Rc::clone(&owned));
        assert_eq!(all_ask(2, &cell), 1, "it was used once");
        drop(cell);
        assert_eq!(Rc::strong_count(&owned), 1, "and dropped once");
    });
}

#[test]
fn the_next_callee_of_a_cell_is_there_for_one_again() {
    loom::model(|| {
        let owned = Rc::new(Owned(UnsafeCell::new(0)));
        let mut cell = Cell::new(Rc::clone(&owned));
        let taken = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.take_callee().map(|owned| owned.uses()))
        };
        // As who reuses a cell does, which nobody else may have then.
        while Arc::get_mut(&mut cell).is_none() {
            thread::yield_now();
        }
        Arc::get_mut(&mut cell).expect("nobody came since").put_callee(Rc::clone(&owned));
        assert_eq!(cell.take_callee().map(|owned| owned.uses()), Some(2), "after the first");
        assert!(cell.take_callee().is_none());
        assert_eq!(taken.join().unwrap(), Some(1));
    });
}

#[test]
fn a_callee_is_taken_or_dropped_with_its_cell() {
    loom::model(|| {
        let owned = Rc::new(Owned(UnsafeCell::new(0)));
        let cell = Cell::new(Rc::clone(&owned));
        let taker = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.take_callee().is_some())
        };
        drop(cell);
        assert!(taker.join().unwrap(), "nobody else asked");
        assert_eq!(Rc::strong_count(&owned), 1);
    });
}
