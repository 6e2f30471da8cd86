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

#[test]
fn a_client_invokes_what_workers_run() {
    each(|place| {
        let builder = place.builder();
        let (worker, client) = (builder.clone().start().unwrap(), builder.client().unwrap());
        let id = place.id("from-client");
        assert_eq!(client.invoke(&id, sum, (4,)).unwrap().wait(), 10);
        assert_eq!(worker.invoke(&id, sum, (4,)).unwrap().wait(), 10);
        assert_eq!(run_of(&id), 1);
    });
}

#[test]
fn another_call_under_a_root_id_is_refused() {
    each(|place| {
        let (engine, id) = (place.builder().start().unwrap(), place.id("taken"));
        engine.invoke(&id, sum, (3,)).unwrap().wait();
        let others: [Result<Promise<u64>, Error>; 2] =
            [engine.invoke(&id, sum, (4,)), engine.invoke(&id, chain, (3,))];
        let others = others.map(|other| other.unwrap_err().to_string());
        assert!(others[0].contains("`sum(3)`") && others[0].contains("`sum(4)`"), "{}", others[0]);
        assert!(
            others[1].contains("`sum(3)`") && others[1].contains("`chain(3)`"),
            "{}",
            others[1]
        );
        assert_eq!(run_of(&id), 1);
    });
}

/// Awaits something else at its second run.
#[invocable(durable)]
fn fickle(gate: String) -> String {
    let run = ran();
    let _leaving = Leaving(format!("left {run} {}", id_here()));
    let child = if run == 1 { invoke!(gated(gate, 1)) } else { invoke!(leaf(7)) };
    match child.outcome() {
        Ok(value) => value.to_string(),
        Err(failure) => failure.message().to_owned(),
    }
}

#[test]
fn another_call_in_a_childs_place_fails() {
    each(|place| {
        let engine = place.builder().suspend_after(Duration::from_millis(50)).start().unwrap();
        let (id, gate) = (place.id("fickle"), place.id("gate"));
        let fickle = engine.invoke(&id, fickle, (gate.clone(),)).unwrap();
        await_open(&format!("left 1 {id}"));
        open(&gate);
        let message = fickle.wait();
        assert!(message.contains(&format!("`{id}.0` is of `gated(")), "{message}");
        assert!(message.contains("`leaf(7)`"), "{message}");
        assert_eq!(run_of(&format!("{id}.0")), 1);
    });
}

#[invocable(durable)]
fn faulty() -> u64 {
    panic!("out of cheese");
}

#[invocable(durable)]
fn relying() -> u64 {
    invoke!(faulty()).await
}

#[invocable(durable)]
fn telling() -> Result<u64, String> {
    Err(invoke!(relying()).outcome().unwrap_err().message().to_owned())
}

#[test]
fn panics_cross_and_errors_are_values() {
    each(|place| {
        let engine = place.builder().start().unwrap();
        let failure: Failure =
            engine.invoke(place.id("relying"), relying, ()).unwrap().outcome().unwrap_err();
        assert_eq!(failure.origin().kind(), FailureKind::Panicked);
        assert_eq!(failure.origin().message(), "out of cheese");
        assert_eq!(failure.origin().name(), "faulty");
        let told = engine.invoke(place.id("telling"), telling, ()).unwrap().wait();
        assert_eq!(told, Err("out of cheese".to_owned()));
    });
}

#[test]
fn a_thousand_children() {
    each(|place| {
        let engine = place.builder().start().unwrap();
        let wide = engine.invoke(place.id("wide"), sum, (1_000,)).unwrap();
        assert_eq!(wide.wait(), 500_500);
    });
}

/// Races twice, and awaits what makes it run again. Its children: slow, quick, and last.
#[invocable(durable)]
fn racing(slow: String, last: String) -> Vec<u64> {
    let run = ran();
    let _leaving = Leaving(format!("left {run} {}", id_here()));
    let runners = [invoke!(gated(slow.clone(), 1)), invoke!(leaf(1))];
    let winner = Promise::race(runners.clone()).await;
    open(&format!("raced {}", id_here()));
    let last = invoke!(gated(last, 3)).await;
    let order: Vec<u64> = Promise::as_completed(runners).map(|(_, n)| n.unwrap()).collect();
    [vec![winner], order, vec![last]].concat()
}

#[test]
fn a_winner_stays_the_winner() {
    each(|place| {
        let engine = place.builder().suspend_after(Duration::from_millis(50)).start().unwrap();
        let (id, slow, last) = (place.id("racing"), place.id("slow"), place.id("last"));
        let race = engine.invoke(&id, racing, (slow.clone(), last.clone())).unwrap();
        await_open(&format!("raced {id}"));
        open(&slow);
        open(&last);
        assert_eq!(race.wait(), [2, 2, 1, 3]);
    });
}

/// Works until it is taken away.
#[invocable(durable)]
fn endless() -> u64 {
    let _leaving = Leaving(format!("left {}", id_here()));
    open(&format!("began {}", id_here()));
    sleep(Duration::from_secs(3_600));
    0
}

#[invocable(durable)]
fn over_endless(depth: u64) -> u64 {
    let _leaving = Leaving(format!("left {} {}", ran(), id_here()));
    if depth == 0 { invoke!(endless()).await } else { invoke!(over_endless(depth - 1)).await }
}

fn await_left(id: &str) {
    for child in ["", ".0", ".0.0"] {
        await_open(&format!("left 1 {id}{child}"));
    }
}

fn cancels(place: &support::Place, name: &str, builder: Builder, suspends: bool) {
    let (engine, id) = (builder.start().unwrap(), place.id(name));
    let root = engine.invoke(&id, over_endless, (2,)).unwrap();
    await_open(&format!("began {id}.0.0.0"));
    if suspends {
        await_left(&id);
    }
    engine.cancel(&id);
    assert_eq!(root.outcome().unwrap_err().origin().kind(), FailureKind::Cancelled);
    await_open(&format!("left {id}.0.0.0"));
    await_left(&id);
}

#[test]
fn cancelling_reaches_those_who_run_and_those_who_are_suspended() {
    each(|place| {
        let builder = place.builder().lease(Duration::from_secs(1));
        cancels(place, "running", builder.clone(), false);
        cancels(place, "suspended", builder.suspend_after(Duration::from_millis(50)), true);
    });
}

#[invocable(durable)]
fn cancelling() -> bool {
    let child = invoke!(over_endless(1));
    await_open(&format!("began {}.0.0.0", id_here()));
    child.cancel();
    child.outcome().unwrap_err().kind() == FailureKind::Cancelled
}

#[test]
fn an_execution_cancels_what_it_invoked() {
    each(|place| {
        let engine = place.builder().lease(Duration::from_secs(1)).start().unwrap();
        let id = place.id("cancelling");
        assert!(engine.invoke(&id, cancelling, ()).unwrap().wait());
        await_open(&format!("left {id}.0.0.0"));
    });
}

#[invocable(durable)]
fn patient(gate: String) -> u64 {
    let _leaving = Leaving(format!("left {} {}", ran(), id_here()));
    invoke!(leaf(1)).await + invoke!(gated(gate, 10)).await
}

#[test]
fn a_suspended_body_runs_again_and_what_has_ended_does_not() {
    each(|place| {
        let engine = place.builder().suspend_after(Duration::from_millis(50)).start().unwrap();
        let (id, gate) = (place.id("patient"), place.id("gate"));
        let patient = engine.invoke(&id, patient, (gate.clone(),)).unwrap();
        await_open(&format!("left 1 {id}"));
        open(&gate);
        assert_eq!(patient.wait(), 12);
        assert!(run_of(&id) >= 2);
        assert_eq!((run_of(&format!("{id}.0")), run_of(&format!("{id}.1"))), (1, 1));
    });
}

/// Can be written and not be read.
struct Secret;

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("?")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Secret, D::Error> {
        Err(serde::de::Error::custom("nobody can read it"))
    }
}

#[invocable(durable)]
fn reading(secret: Secret) -> u64 {
    let Secret = secret;
    0
}

#[test]
fn arguments_that_do_not_decode_fail_the_execution() {
    each(|place| {
        let engine = place.builder().start().unwrap();
        let reading = engine.invoke(place.id("reading"), reading, (Secret,)).unwrap();
        let failure = reading.outcome().unwrap_err();
        assert_eq!(failure.origin().kind(), FailureKind::Failed);
        assert!(failure.to_string().contains("nobody can read it"), "{failure}");
    });
}

#[test]
fn one_body_at_a_time_is_enough() {
    each(|place| {
        let engine = place.builder().at_most(1).start().unwrap();
        assert_eq!(engine.invoke(place.id("chain"), chain, (5,)).unwrap().wait(), 5);
    });
}

#[invocable(durable)]
fn longer_than_a_lease() -> u64 {
    std::thread::sleep(Duration::from_secs(7));
    ran()
}

#[test]
fn a_lease_is_prolonged() {
    each(|place| {
        let engine = place.builder().lease(Duration::from_secs(3)).start().unwrap();
        let ids = ["a", "b"].map(|name| place.id(name));
        let both = ids.each_ref().map(|id| engine.invoke(id, longer_than_a_lease, ()).unwrap());
        assert_eq!(both.map(Promise::wait), [1, 1]);
    });
}

#[invocable(durable)]
fn too_late(gate: String) -> u64 {
    invoke!(gated(gate, 1)).await
}

#[test]
fn what_is_not_settled_in_time_fails() {
    each(|place| {
        let engine = place.builder().timeout(Duration::from_millis(500)).start().unwrap();
        let (id, gate) = (place.id("late"), place.id("gate"));
        let failure = engine.invoke(&id, too_late, (gate.clone(),)).unwrap().outcome();
        open(&gate);
        let message = failure.unwrap_err().to_string();
        assert!(message.contains("was not settled in time"), "{message}");
    });
}

#[test]
fn the_last_handle_stops_what_runs() {
    each(|place| {
        let (engine, id) = (place.builder().start().unwrap(), place.id("stopped"));
        let stopped = engine.invoke(&id, endless, ()).unwrap();
        await_open(&format!("began {id}"));
        drop(engine);
        assert_eq!(stopped.outcome().unwrap_err().kind(), FailureKind::Abandoned);
        await_open(&format!("left {id}"));
    });
}

#[test]
fn what_cannot_be_done_is_said() {
    let says = |result: Result<Handle, Error>, parts: &[&str]| {
        let message = result.unwrap_err().to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    };
    says(connect("resonate").and_then(Builder::start), &["connect", "resonate", "no URL"]);
    says(connect("ftp://a").and_then(Builder::start), &["connect", "ftp://a", "http://"]);
    says(local().group("a b").start(), &["connect", "`a b`"]);
    // Nothing listens there.
    let away = "http://127.0.0.1:9";
    says(connect(away).unwrap().start(), &["start a worker", "`default`", away, "refused"]);
    says(connect(away).unwrap().client(), &["start a client", away, "refused"]);
}
