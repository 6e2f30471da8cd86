//! `all` and `all_settled`: every input is needed.

use std::marker::PhantomData;

use super::gather::Rule;
use crate::cell::Outcome;
use crate::failure::{Failure, discard};
use crate::promise::Promise;
use crate::resolver::Resolver;

/// All values, or the first failure.
pub(super) struct All<T>(PhantomData<fn() -> T>);

impl<T: Send + 'static> Rule for All<T> {
    type Input = T;
    type Output = Vec<T>;
    const NAME: &'static str = "all";
    const ANY: bool = false;

    fn decides(input: &Promise<T>) -> bool {
        input.failure().is_some()
    }

    fn decided(mut inputs: Vec<Promise<T>>, index: usize, target: Resolver<Vec<T>>) {
        let failed = inputs.swap_remove(index);
        target.settle(failed.completed().map(|value| vec![value]));
        inputs.into_iter().for_each(Promise::ignore);
    }

    fn exhausted(inputs: Vec<Promise<T>>, target: Resolver<Vec<T>>) {
        let mut values = Vec::with_capacity(inputs.len());
        let mut inputs = inputs.into_iter();
        for input in &mut inputs {
            match input.completed() {
                Ok(value) => values.push(value),
                // Its clone panicked.
                Err(failure) => {
                    target.fail(failure);
                    inputs.for_each(Promise::ignore);
                    return discard(values);
                }
            }
        }
        target.resolve(values);
    }
}

/// All outcomes.
pub(super) struct AllSettled<T>(PhantomData<fn() -> T>);

impl<T: Send + 'static> Rule for AllSettled<T> {
    type Input = T;
    type Output = Vec<Result<T, Failure>>;
    const NAME: &'static str = "all_settled";
    const ANY: bool = false;

    fn decides(_: &Promise<T>) -> bool {
        false
    }

    fn decided(inputs: Vec<Promise<T>>, _: usize, target: Resolver<Self::Output>) {
        Self::exhausted(inputs, target);
    }

    fn exhausted(inputs: Vec<Promise<T>>, target: Resolver<Self::Output>) {
        let outcomes: Vec<Outcome<T>> = inputs.into_iter().map(Promise::completed).collect();
        target.resolve(outcomes);
    }
}
