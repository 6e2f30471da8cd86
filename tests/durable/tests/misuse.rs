//! What is wrong with functions, ids and arguments is said before anything runs.

use std::collections::BTreeMap;

use async_mech::durable::{self, Error};
use async_mech::{FailureKind, invocable, invoke};
use tests::watched;
use tests_durable::Fake;

#[invocable(durable)]
fn echo(n: u64) -> u64 {
    n
}

#[invocable(durable)]
fn pairs(map: BTreeMap<(u8, u8), u8>) -> usize {
    map.len()
}

#[invocable(durable)]
fn makes_pairs() -> String {
    let map = BTreeMap::from([((1, 2), 3)]);
    invoke!(pairs(map)).outcome().unwrap_err().message().to_owned()
}

#[invocable(durable)]
fn gives_pairs() -> BTreeMap<(u8, u8), u8> {
    BTreeMap::from([((1, 2), 3)])
}

#[invocable]
fn ordinary(n: u64) -> u64 {
    n
}

#[test]
fn a_root_is_a_durable_function_with_an_id_and_arguments_that_encode() {
    let _watchdog = watched();
    let engine = Fake::default().handle();
    let error = engine.invoke("root", ordinary, (1,)).unwrap_err();
    assert!(matches!(error, Error::NotDurable { .. }));
    assert_eq!(
        error.to_string(),
        "`misuse::ordinary` is no durable function: annotate it with `#[invocable(durable)]`, and \
         name the function itself"
    );
    assert!(matches!(engine.invoke("root", |n: u64| n, (1,)), Err(Error::NotDurable { .. })));
    assert!(matches!(engine.invoke("", echo, (1,)), Err(Error::Id { .. })));
    let error = engine.invoke("a.b", echo, (1,)).unwrap_err();
    assert!(error.to_string().starts_with("the id `a.b` has a dot"));
    let error = engine.invoke("root", pairs, (BTreeMap::from([((1, 2), 3)]),)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the arguments of `pairs` do not encode: argument 1: key must be a string"
    );
}

#[test]
fn a_childs_arguments_and_a_result_encode() {
    let _watchdog = watched();
    let engine = Fake::default().handle();
    assert_eq!(
        engine.invoke("root", makes_pairs, ()).unwrap().wait(),
        "the arguments of `pairs` do not encode: argument 1: key must be a string"
    );
    let failure = engine.invoke("gives", gives_pairs, ()).unwrap().outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert_eq!(failure.message(), "its result does not encode: key must be a string");
    assert_eq!(failure.name(), "gives_pairs");
}

#[test]
fn arguments_that_another_version_wrote_do_not_decode() {
    let _watchdog = watched();
    let (say, hear) = std::sync::mpsc::channel();
    struct None;
    impl durable::Session for None {
        fn invoke(&self, _: durable::Call) -> Result<(), durable::Interrupted> {
            unreachable!("it does not run")
        }
        fn wait(&self, _: &str) -> Result<durable::Settled, durable::Interrupted> {
            unreachable!("it does not run")
        }
        fn select(&self, _: &[String]) -> Result<usize, durable::Interrupted> {
            unreachable!("it does not run")
        }
        fn cancel(&self, _: &str) {}
    }
    for (json, message) in [
        ("[\"one\"]", "argument 1: invalid type: string \"one\", expected u64 at line 1 column 5"),
        ("[1,2]", "there are 2 in place of 1"),
        ("{}", "no JSON array: invalid type: map, expected a sequence at line 1 column 0"),
    ] {
        let say = say.clone();
        let echo = durable::function("echo").unwrap();
        echo.start("x", json.into(), std::sync::Arc::new(None), move |end| say.send(end).unwrap());
        let failed = hear.recv().unwrap().unwrap_err();
        assert_eq!(failed.message, format!("its arguments do not decode: {message}"));
        assert_eq!((failed.kind, &*failed.function), (durable::Kind::Failed, "echo"));
    }
}

#[test]
fn where_an_engine_runs_a_durable_function_is_not_invoked_by_just_anybody() {
    let _watchdog = watched();
    let engine = Fake::default().handle();
    let failure = invoke!(echo(1)).outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Failed);
    assert!(
        failure.message().starts_with("a durable function can be invoked by a durable execution")
    );
    // It is a function all the same.
    assert_eq!(echo(1), 1);
    assert_eq!(invoke!(|| echo(2)).wait(), 2);
    drop(engine);
}
