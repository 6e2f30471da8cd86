//! Fibonacci numbers by naive recursion, each call an invocation: `fib [N]`.
//!
//! A measure of what an invocation costs, not a way to compute these numbers.

use async_mech::{invocable, invoke};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many executions of `fib` have started.
static INVOCATIONS: AtomicU64 = AtomicU64::new(0);

#[invocable]
fn fib(n: u64) -> u64 {
    INVOCATIONS.fetch_add(1, Ordering::Relaxed);
    if n < 2 {
        return n;
    }
    // Both are invoked before either is awaited: they run side by side.
    let a = invoke!(fib(n - 1));
    let b = invoke!(fib(n - 2));
    a.await + b.await
}

/// N from the command line, 20 if it names none.
fn argument() -> Option<u64> {
    let mut arguments = std::env::args().skip(1);
    let n = match arguments.next() {
        Some(n) => n.parse().ok()?,
        None => 20,
    };
    arguments.next().is_none().then_some(n)
}

#[async_mech::main]
fn main() -> ExitCode {
    // fib(93) is the last that fits 64 bits (and would take 39 million million million calls).
    let Some(n) = argument().filter(|&n| n <= 93) else {
        eprintln!("usage: fib [N], N at most 93");
        return ExitCode::from(2);
    };

    let start = Instant::now();
    let value = invoke!(fib(n)).await;
    let elapsed = start.elapsed();

    let invocations = INVOCATIONS.load(Ordering::Relaxed);
    println!("fib({n}) = {value}");
    println!("{invocations} invocations in {elapsed:.1?}");
    ExitCode::SUCCESS
}
