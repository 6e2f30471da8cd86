//! Several promises as one: all, all_settled, any, race, as_completed.

mod inputs;
mod many_inputs;
mod outcomes;
mod values;

use std::error::Error;

use async_mech::{AggregateFailure, Failure, Promise, Resolver, promise};

fn many<T: Send + 'static>(n: usize) -> (Vec<Promise<T>>, Vec<Resolver<T>>) {
    (0..n).map(|_| promise()).unzip()
}

fn failed<T: Send + 'static>(message: &'static str) -> Promise<T> {
    let (p, resolver) = promise();
    resolver.fail(Message(message));
    p
}

#[derive(Debug)]
struct Message(&'static str);

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Message {}

fn failures(failure: &Failure) -> Vec<&str> {
    let source = failure.source().expect("any fails with a source");
    let all: &AggregateFailure = source.downcast_ref().expect("an aggregate");
    all.failures().iter().map(Failure::message).collect()
}
