//! The durable functions of the workers.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_mech::{Promise, invocable, invoke};
use serde::{Deserialize, Serialize};

use crate::log::{Leaves, note};

/// An error that is a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AppError {
    /// That one is odd.
    Odd(u64),
}

/// Doubles, and takes its time.
#[invocable(durable)]
pub fn leaf(n: u64, millis: u64) -> u64 {
    note("start", "");
    std::thread::sleep(Duration::from_millis(millis));
    note("end", "");
    2 * n
}

/// What no other run gives, after some time.
#[invocable(durable)]
pub fn nonce(millis: u64) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    note("start", "");
    std::thread::sleep(Duration::from_millis(millis));
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Doubles when that file is there.
#[invocable(durable)]
pub fn gated(n: u64, gate: PathBuf) -> u64 {
    note("start", "");
    while !gate.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    note("end", "");
    2 * n
}

/// Invokes so many leaves, and adds them up.
#[invocable(durable)]
pub fn sum(leaves: u64, millis: u64) -> u64 {
    note("start", "");
    let leaves: Vec<_> = (0..leaves).map(|n| invoke!(leaf(n, millis))).collect();
    leaves.into_iter().map(|leaf| leaf.await).sum()
}

/// Two quick leaves, then two that wait for a file.
#[invocable(durable)]
pub fn quick_then_gated(gate: PathBuf) -> u64 {
    note("start", "");
    let _leaves = Leaves;
    let quick = [invoke!(leaf(1, 0)), invoke!(leaf(2, 0))];
    let quick: u64 = quick.into_iter().map(|leaf| leaf.await).sum();
    note("quick", "");
    let slow = [invoke!(gated(3, gate.clone())), invoke!(gated(4, gate))];
    quick + slow.into_iter().map(|leaf| leaf.await).sum::<u64>()
}

/// A chain, whose last one waits for a file.
#[invocable(durable)]
pub fn nested(depth: u64, gate: PathBuf) -> u64 {
    note("start", "");
    let _leaves = Leaves;
    match depth {
        0 => invoke!(gated(1, gate)).await,
        _ => invoke!(nested(depth - 1, gate)).await + 1,
    }
}

/// The values of so many nonces, and what each run has seen.
#[invocable(durable)]
pub fn nonces(count: u64, millis: u64) -> Vec<String> {
    note("start", "");
    let nonces: Vec<_> = (0..count).map(|_| invoke!(nonce(millis))).collect();
    let nonces = nonces.into_iter().enumerate().map(|(index, nonce)| {
        let nonce = nonce.await;
        note("saw", &format!("{index} {nonce}"));
        nonce
    });
    nonces.collect()
}

/// The first of two, recorded; then one that waits for a file.
#[invocable(durable)]
pub fn race_then_gated(gate: PathBuf) -> String {
    note("start", "");
    let winner = Promise::race([invoke!(nonce(20)), invoke!(nonce(20))]).await;
    note("saw", &winner);
    invoke!(gated(1, gate)).await;
    winner
}

/// All of the ways to end.
#[invocable(durable)]
pub fn ends(way: u64) -> Result<u64, AppError> {
    match way {
        0 => Ok(7),
        1 => Err(AppError::Odd(1)),
        _ => panic!("way {way} is no way"),
    }
}

/// The same, one further.
#[invocable(durable)]
pub fn ends_below(way: u64) -> Result<u64, AppError> {
    invoke!(ends(way)).await
}

/// What so many hops take, one after the other: microseconds.
#[invocable(durable)]
pub fn hops(count: u64) -> Vec<u64> {
    let hop = |_| {
        let start = Instant::now();
        invoke!(ends(0)).await.expect("a value");
        u64::try_from(start.elapsed().as_micros()).expect("less than a lifetime")
    };
    (0..count).map(hop).collect()
}
