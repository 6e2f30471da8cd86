//! Durable functions on the server inside the SDK and, if `RESONATE_URL` says where one is, on a real
//! one.

mod support;

use std::time::Duration;

use async_mech::durable::{Error, Handle};
use async_mech::{Failure, FailureKind, Promise, invocable, invoke, sleep};
use async_mech_resonate::{Builder, connect, local};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use support::{Leaving, await_open, each, id_here, open, ran, run_of};

#[invocable(durable)]
fn leaf(n: u64) -> u64 {
    ran();
    n + 1
}

#[invocable(durable)]
fn sum(width: u64) -> u64 {
    ran();
    let leaves: Vec<_> = (0..width).map(|n| invoke!(leaf(n))).collect();
    leaves.into_iter().map(|leaf| leaf.await).sum()
}

#[invocable(durable)]
fn chain(depth: u64) -> u64 {
    ran();
    if depth == 0 { 0 } else { 1 + invoke!(chain(depth - 1)).await }
}

/// Ends when the gate of that name is opened.
#[invocable(durable)]
fn gated(gate: String, n: u64) -> u64 {
    ran();
    await_open(&gate);
    n
}

#[test]
fn a_root_and_what_it_invokes() {
    each(|place| {
        let engine = place.builder().start().unwrap();
        let id = place.id("sum");
        assert_eq!(engine.invoke(&id, sum, (10,)).unwrap().wait(), 55);
        assert_eq!(run_of(&id), 1);
        assert_eq!(run_of(&format!("{id}.9")), 1);
        assert_eq!(engine.invoke(place.id("chain"), chain, (10,)).unwrap().wait(), 10);
    });
}

#[test]
fn one_id_is_one_execution() {
    each(|place| {
        let (engine, id) = (place.builder().start().unwrap(), place.id("once"));
        let twice = [1, 2].map(|_| engine.invoke(&id, sum, (3,)).unwrap());
        assert_eq!(twice.map(Promise::wait), [6, 6]);
        assert_eq!(engine.invoke(&id, sum, (3,)).unwrap().wait(), 6);
        assert_eq!(run_of(&id), 1);
    });
}
