//! A stack whose places are filled and emptied where they are.
//!
//! An invoke and await pushes one item and pops it a moment later. To put it together elsewhere and
//! move it here costs more than all the rest of it: the processor stalls when it reads in one piece
//! what was just written in several.

use std::ops::{Deref, DerefMut};

use super::grow;

/// See the module. A popped place keeps what its item was left with.
pub(super) struct Pile<T> {
    places: Vec<T>,
    used: usize,
}

impl<T> Default for Pile<T> {
    fn default() -> Self {
        Pile { places: Vec::new(), used: 0 }
    }
}

impl<T> From<Vec<T>> for Pile<T> {
    fn from(places: Vec<T>) -> Self {
        Pile { used: places.len(), places }
    }
}

impl<T> Pile<T> {
    /// The next place; `empty` if it was never used.
    #[inline]
    pub(super) fn push(&mut self, empty: T) -> &mut T {
        if self.used == self.places.len() {
            self.add(empty);
        }
        self.used += 1;
        &mut self.places[self.used - 1]
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, empty: T) {
        grow(&mut self.places);
        self.places.push(empty);
    }

    /// Gives up the last place, which its item has left.
    pub(super) fn pop(&mut self) {
        self.used -= 1;
    }
}

impl<T> Deref for Pile<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.places[..self.used]
    }
}

impl<T> DerefMut for Pile<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.places[..self.used]
    }
}
