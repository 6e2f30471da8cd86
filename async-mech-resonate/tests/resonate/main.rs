//! Durable functions on the server inside the SDK and, if `RESONATE_URL` says where one is, on a real
//! one.

mod again;
mod calls;
mod ends;
mod support;

use async_mech::{invocable, invoke};

use support::{await_open, ran};

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
