//! One file, several mirrors, and who is needed: the first, any, all, or two that agree.
//!
//! `Promise::race`, `any`, `all` and `as_completed` decide when to go on, and leave the others
//! running. So the program cancels those that it does not need: one of them would take an hour.

use async_mech::{AggregateFailure, Failure, Promise, invocable, invoke, promise, sleep};
use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::time::Duration;

/// What a mirror offers.
#[derive(Clone)]
struct Offer {
    mirror: &'static str,
    release: &'static str,
}

/// Asks a mirror, which answers after a while. `sleep` stands for the network.
#[invocable]
fn offer(mirror: &'static str, release: &'static str, after: Duration) -> Offer {
    sleep(after);
    Offer { mirror, release }
}

/// The mirrors: two are quick, one is out of date, one is stuck, and no others are known.
fn ask(mirror: &'static str) -> Promise<Offer> {
    match mirror {
        "north" => invoke!(offer(mirror, "1.4", Duration::from_millis(10))),
        "west" => invoke!(offer(mirror, "1.4", Duration::from_millis(20))),
        "attic" => invoke!(offer(mirror, "1.3", Duration::ZERO)),
        "south" => invoke!(offer(mirror, "1.4", Duration::from_secs(3_600))),
        _ => unknown(mirror),
    }
}

/// A promise that fails with an error needs no function; neither does it need a panic.
fn unknown(mirror: &str) -> Promise<Offer> {
    let (promise, resolver) = promise();
    resolver.fail(io::Error::other(format!("{mirror} is unknown")));
    promise
}

/// The first outcome wins, whatever it is.
#[invocable]
fn race() {
    let asked = ["south", "north"].map(ask);
    let winner = Promise::race(asked.clone()).await;
    println!("race: {} has {}", winner.mirror, winner.release);
    for promise in asked {
        // The winner is completed: this does nothing to it.
        promise.cancel();
        if let Err(failure) = promise.outcome() {
            println!("race: the other is {:?}", failure.kind());
        }
    }
}

/// The first value wins; failures count only where there is nothing else.
#[invocable]
fn any() {
    let winner = Promise::any(["moon", "north"].map(ask)).await;
    println!("any: {} has {}", winner.mirror, winner.release);
}

/// The failure of `any` has those of all its promises as its source.
#[invocable]
fn any_of_none() {
    match Promise::any(["moon", "mars"].map(ask)).outcome() {
        Ok(winner) => println!("any: {} has {}", winner.mirror, winner.release),
        Err(failure) => println!("any: {}", reasons(&failure).join(", ")),
    }
}

/// What each of them failed with, in the order of the promises.
fn reasons(failure: &Failure) -> Vec<&str> {
    let all = failure.source().and_then(|source| source.downcast_ref::<AggregateFailure>());
    all.map(AggregateFailure::failures)
        .unwrap_or_default()
        .iter()
        .map(|failure| failure.message())
        .collect()
}

/// All of them, within a time. When it is over, the promise comes back, and to cancel it cancels
/// whom it waits for.
#[invocable]
fn all() {
    let offers = Promise::all(["north", "west", "south"].map(ask));
    match offers.wait_timeout(Duration::from_millis(200)) {
        Ok(Ok(offers)) => println!("all: {} offers", offers.len()),
        Ok(Err(failure)) => println!("all: {failure}"),
        Err(timed_out) => {
            println!("all: not within 200 ms");
            timed_out.into_promise().cancel();
        }
    }
}

/// As many as it takes, in whatever order they come: until two have the same release.
#[invocable]
fn agreement() {
    let asked = ["attic", "south", "west", "north"].map(ask);
    let mut votes = HashMap::new();
    for (_, outcome) in Promise::as_completed(asked.clone()) {
        let Ok(offer) = outcome else { continue };
        let votes = votes.entry(offer.release).or_insert(0);
        *votes += 1;
        if *votes == 2 {
            println!("as_completed: two mirrors have {}", offer.release);
            break;
        }
    }
    for promise in asked {
        promise.cancel();
    }
}

#[async_mech::main]
fn main() {
    race();
    any();
    any_of_none();
    all();
    agreement();
}
