//! What a bounded map has under way: items pulled and not yet given out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::places::{Places, Watch};
use crate::cancel;
use crate::cell::Task;
use crate::cell::link::{Inputs, Link};
use crate::promise::Promise;
use crate::resolver::Resolver;
use crate::sync::{Mutex, lock};

/// What the consumer and the items' executions share.
pub(super) struct Work<T> {
    places: Places,
    inner: Mutex<Inner<T>>,
}

pub(super) struct Inner<T> {
    /// How many items may be under way, not counting those that await.
    n: usize,
    /// How many of those that await are not counted.
    pub(super) max_awaiting: usize,
    awaiting: usize,
    /// Items pulled and not given out, by index.
    items: BTreeMap<usize, Promise<T>>,
    /// In completion order: the items that have completed, and perhaps some given out.
    completed: Option<VecDeque<usize>>,
    /// Whether the input has ended.
    pub(super) exhausted: bool,
    /// Wakes the consumer, which waits for a result, or for leave to pull.
    consumer: Option<Resolver<()>>,
}

impl<T> Work<T> {
    pub(super) fn new(n: usize, max_awaiting: usize) -> Work<T> {
        let inner = Inner {
            n,
            max_awaiting,
            awaiting: 0,
            items: BTreeMap::new(),
            completed: None,
            exhausted: false,
            consumer: None,
        };
        Work { places: Places::new(n), inner: Mutex::new(inner) }
    }

    /// Calls `f` under the lock; strangers' code stays outside.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Inner<T>) -> R) -> R {
        f(&mut lock(&self.inner))
    }

    /// Changes something that the consumer may wait for.
    fn change(&self, f: impl FnOnce(&mut Inner<T>)) {
        let consumer = self.with(|inner| {
            f(inner);
            if inner.is_ready() || inner.may_pull() { inner.consumer.take() } else { None }
        });
        if let Some(consumer) = consumer {
            consumer.resolve(());
        }
    }

    /// Ends the consumer's wait, if it has not been ended. A resolver dropped unused would say so.
    pub(super) fn end_wait(&self) {
        if let Some(consumer) = self.with(|inner| inner.consumer.take()) {
            consumer.resolve(());
        }
    }
}

impl<T> Inner<T> {
    /// Whether `give` would give something out.
    fn is_ready(&self) -> bool {
        match &self.completed {
            Some(completed) => completed.iter().any(|index| self.items.contains_key(index)),
            None => self.items.first_key_value().is_some_and(|(_, first)| first.is_completed()),
        }
    }

    /// Whether the input may be pulled. The result that is given out next does not count.
    pub(super) fn may_pull(&self) -> bool {
        let uncounted = self.awaiting.min(self.max_awaiting) + usize::from(self.is_ready());
        !self.exhausted && self.items.len() < self.n.saturating_add(uncounted)
    }

    /// An item has been pulled and invoked.
    pub(super) fn add(&mut self, index: usize, promise: Promise<T>) {
        self.items.insert(index, promise);
    }

    /// Gives out an item that has completed: the first, or the one that completed first.
    pub(super) fn give(&mut self) -> Option<(usize, Promise<T>)> {
        match &mut self.completed {
            None => self.is_ready().then(|| self.items.pop_first()).flatten(),
            Some(completed) => {
                while let Some(index) = completed.pop_front() {
                    if let Some(promise) = self.items.remove(&index) {
                        return Some((index, promise));
                    }
                }
                None
            }
        }
    }

    /// From now on in completion order.
    pub(super) fn unordered(&mut self) {
        let completed = self.items.iter().filter(|(_, promise)| promise.is_completed());
        self.completed = Some(completed.map(|(index, _)| *index).collect());
    }

    /// Items pulled and not given out.
    pub(super) fn under_way(&self) -> usize {
        self.items.len()
    }

    /// `resolver` will be resolved when there is something to give out or to pull. Given back if
    /// there is already.
    pub(super) fn wake(&mut self, resolver: Resolver<()>) -> Option<Resolver<()>> {
        if self.is_ready() || self.may_pull() {
            return Some(resolver);
        }
        self.consumer.replace(resolver)
    }

    /// Some items that are pending.
    #[cfg(feature = "trace")]
    pub(super) fn some_pending(&self, some: usize) -> Vec<Arc<dyn Task>> {
        self.items.values().filter_map(Promise::pending_cell).take(some).collect()
    }

    /// All items, for the consumer goes.
    pub(super) fn close(&mut self) -> BTreeMap<usize, Promise<T>> {
        self.exhausted = true;
        std::mem::take(&mut self.items)
    }
}

impl<T> Watch for Work<T> {
    fn places(&self) -> &Places {
        &self.places
    }

    fn left(&self) {
        self.change(|inner| inner.awaiting += 1);
    }

    fn returns(&self) {
        self.with(|inner| inner.awaiting -= 1);
    }
}

/// The consumer's wait depends on the items.
impl<T> Link for Work<T> {
    fn settled(self: Arc<Self>, index: usize) {
        self.change(|inner| inner.completed.iter_mut().for_each(|order| order.push_back(index)));
    }

    fn target(&self) -> Option<Arc<dyn Task>> {
        self.with(|inner| inner.consumer.as_ref()?.pending_cell())
    }

    fn inputs(&self) -> Inputs {
        self.with(|inner| {
            let any = inner.completed.is_some();
            let waited_for = inner.items.values().take(if any { inner.items.len() } else { 1 });
            let pending: Vec<_> = waited_for.clone().filter_map(Promise::pending_cell).collect();
            // The consumer goes on, or will as soon as a completed item says so.
            let woken = inner.consumer.is_none() || pending.len() < waited_for.len();
            Inputs { any, pending: if woken { Vec::new() } else { pending } }
        })
    }

    fn cancelled(&self) {
        let pending = self.with(|inner| {
            inner.items.values().filter_map(Promise::pending_cell).collect::<Vec<_>>()
        });
        for task in pending {
            task.ignore_failure();
            cancel::cancel(&task);
        }
    }
}
