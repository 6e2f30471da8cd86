//! Durable functions on a real server.

mod server;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{FailureKind, Promise, invocable, invoke};

use crate::server::server;

#[invocable(durable)]
fn double(n: u64) -> u64 {
    2 * n
}

#[invocable(durable)]
fn sum_of_doubles(n: u64) -> u64 {
    let doubles: Vec<_> = (1..=n).map(|n| invoke!(double(n))).collect();
    doubles.into_iter().map(|double| double.await).sum()
}

#[test]
fn a_root_has_children() {
    let Some(server) = server() else { return };
    let engine = server.worker("children");
    assert_eq!(engine.invoke("sum", sum_of_doubles, (3,)).unwrap().wait(), 12);
}

#[test]
fn two_hundred_children() {
    let Some(server) = server() else { return };
    let engine = server.worker("fan-out");
    let begun = Instant::now();
    assert_eq!(engine.invoke("sum", sum_of_doubles, (200,)).unwrap().wait(), 40_200);
    println!("{:?}", begun.elapsed());
}

static BODIES: AtomicUsize = AtomicUsize::new(0);

#[invocable(durable)]
fn counted(n: u64) -> u64 {
    BODIES.fetch_add(1, Ordering::SeqCst);
    invoke!(double(n)).await
}

#[test]
fn one_id_runs_once() {
    let Some(server) = server() else { return };
    let engine = server.worker("once");
    let first = engine.invoke("one", counted, (21,)).unwrap();
    let second = engine.invoke("one", counted, (21,)).unwrap();
    assert_eq!((first.wait(), second.wait()), (42, 42));
    assert_eq!(engine.invoke("one", counted, (21,)).unwrap().wait(), 42);
    assert_eq!(BODIES.load(Ordering::SeqCst), 1);
}

#[invocable(durable)]
fn long(ms: u64) -> u64 {
    thread::sleep(Duration::from_millis(ms));
    ms
}

#[invocable(durable)]
fn waits_for_long(ms: u64) -> u64 {
    invoke!(long(ms)).await
}

#[test]
fn one_id_is_of_one_call() {
    let Some(server) = server() else { return };
    let engine = server.worker("mismatch");
    let first = engine.invoke("one", waits_for_long, (1_000,)).unwrap();
    let says = |function: &str, arguments: u64| {
        format!(
            "the durable promise `one` is of `waits_for_long(1000)`, and now \
             `{function}({arguments})` is invoked as it"
        )
    };
    // While it runs, and afterwards.
    for _ in 0..2 {
        let error = engine.invoke("one", waits_for_long, (2,)).unwrap_err();
        assert_eq!(error.to_string(), says("waits_for_long", 2));
        let error = engine.invoke("one", double, (1_000,)).unwrap_err();
        assert_eq!(error.to_string(), says("double", 1_000));
        assert_eq!(engine.invoke("one", waits_for_long, (1_000,)).unwrap().wait(), 1_000);
    }
    assert_eq!(first.wait(), 1_000);
}

#[invocable(durable)]
fn fails(why: String) -> Result<u64, String> {
    if why.is_empty() { Err("a value".to_owned()) } else { panic!("because {why}") }
}

#[invocable(durable)]
fn has_one_that_fails(why: String) -> Result<u64, String> {
    invoke!(fails(why)).await
}

#[test]
fn failures_cross() {
    let Some(server) = server() else { return };
    let engine = server.worker("failures");
    let p = engine.invoke("panic", has_one_that_fails, ("of that".to_owned(),)).unwrap();
    let failure = p.outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panicked);
    assert_eq!((failure.name(), failure.message()), ("fails", "because of that"));
    let p = engine.invoke("value", has_one_that_fails, (String::new(),)).unwrap();
    assert_eq!(p.wait(), Err("a value".to_owned()));
}

#[invocable(durable)]
fn race(a: u64, b: u64) -> u64 {
    let first = Promise::race([invoke!(long(a)), invoke!(long(b))]).await;
    first + invoke!(double(0)).await
}

#[test]
fn a_race_has_a_winner() {
    let Some(server) = server() else { return };
    let engine = server.worker("race");
    let begun = Instant::now();
    let races = [("a", 3_000, 1), ("b", 2, 3_000)];
    let races = races.map(|(id, a, b)| engine.invoke(id, race, (a, b)).unwrap());
    assert_eq!(races.map(Promise::wait), [1, 2]);
    println!("{:?}", begun.elapsed());
}

#[invocable(durable)]
fn cancels(ms: u64) -> u64 {
    let p = invoke!(waits_for_long(ms));
    p.cancel();
    invoke!(double(21)).await
}

#[test]
fn cancelling_reaches_who_awaits() {
    let Some(server) = server() else { return };
    let engine = server.worker("cancelling");
    let begun = Instant::now();
    let p = engine.invoke("root", waits_for_long, (8_000,)).unwrap();
    let again = engine.invoke("root", waits_for_long, (8_000,)).unwrap();
    engine.cancel("root");
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(again.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(engine.invoke("child", cancels, (8_000,)).unwrap().wait(), 42);
    let p = engine.invoke("promise", waits_for_long, (8_000,)).unwrap();
    let again = engine.invoke("promise", waits_for_long, (8_000,)).unwrap();
    p.cancel();
    assert_eq!(again.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    println!("{:?}", begun.elapsed());
}
