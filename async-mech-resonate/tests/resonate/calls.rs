//! Roots and children, and what crosses between them.

use async_mech::durable::{Error, Handle};
use async_mech::{Failure, FailureKind, Promise, invocable, invoke};
use async_mech_resonate::{Builder, connect, local};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::support::{each, run_of};
use crate::{chain, sum};

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
