//! Files for Perfetto.

use serde_json::Value;
use tests_durable_trace::{local, midst, whole};

use crate::rules::{Apart, File, check};
use crate::{assert_local, ids};

fn apart<'a>(file: &'a File, name: &str) -> &'a Apart {
    let mut named = file.apart.iter().filter(|apart| apart.name == name);
    let one = named.next().unwrap_or_else(|| panic!("no {name} in {file:#?}"));
    assert!(named.next().is_none(), "several {name}");
    one
}

#[test]
fn what_the_engine_runs_is_on_a_track_apart() {
    let file = check(&whole().perfetto());
    assert_eq!(file.apart.len(), 4);
    let charge = apart(&file, "charge on the engine");
    assert_eq!(charge.category, "engine");
    assert_eq!(charge.args["durable id"], "order-7.1");
    assert_eq!(charge.args["value"], "1042");
    let mail = apart(&file, "mail on the engine");
    assert_eq!(mail.args["failed"], "Panicked");
    assert!(mail.args["failure"].as_str().is_some_and(|it| it.contains("no such <address>")));

    // From where it was asked for to where its value was heard of.
    let slice = |name: &str| {
        let mut named = file.slices.iter().filter(|slice| slice.name == name);
        named.next().unwrap_or_else(|| panic!("no {name}"))
    };
    let invoke = slice("invoke charge");
    assert_eq!(
        (invoke.from, &invoke.args["durable id"]),
        (charge.from, &charge.args["durable id"])
    );
    assert_eq!(invoke.category, "invoke");
    assert_eq!(slice("end charge").from, charge.to);
    let resumed = |(name, from, to): &(String, crate::rules::Slice, crate::rules::Slice)| {
        name == "complete" && from.name == "end charge" && to.name == "resumed"
    };
    assert!(file.arrows.iter().any(resumed), "{:#?}", file.arrows);
}

#[test]
fn what_runs_here_shows_its_durable_id() {
    let trace = whole();
    let file = check(&trace.perfetto());
    let checkout = file.slices.iter().find(|slice| slice.name == "checkout").expect("it ran");
    assert_eq!(checkout.args["durable id"], "order-7");
    assert_eq!(checkout.args["id"], ids(&trace, "checkout")[0].to_string());
    let points = file.slices.iter().find(|slice| slice.name == "points").expect("it ran");
    assert_eq!(points.args["durable id"], Value::Null);
}

#[test]
fn what_has_not_ended_is_unfinished() {
    let file = check(&midst().perfetto());
    let charge = apart(&file, "charge on the engine");
    assert_eq!(charge.args["unfinished"], true);
    assert!(file.slices.iter().all(|slice| slice.from < charge.to));
    assert_eq!(apart(&file, "price on the engine").args["value"], "40");
}

#[test]
fn nothing_of_it_is_written_of_a_local_run() {
    let json = local().perfetto();
    assert_local(&json);
    assert!(check(&json).apart.is_empty());
}
