//! The records of a page, as its file has them and as a live run sends them; and the state.

use async_mech::trace::{Progress, Trace};
use serde_json::{Value, json};
use tests_durable_trace::{local, many, midst, whole};
use tests_live::Events;

use crate::{ids, remote};

/// The events of the trace's page.
pub(crate) fn records(trace: &Trace) -> Vec<Value> {
    let all = all_records(trace).into_iter();
    all.filter(|record| record[0].is_number()).collect()
}

fn all_records(trace: &Trace) -> Vec<Value> {
    let page = trace.html();
    let (_, rest) = page.split_once(r#"id="records">"#).expect("it has records");
    let (text, _) = rest.split_once("</script").expect("they end");
    serde_json::from_str(text).expect("they are JSON")
}

fn durable(records: &[Value]) -> Vec<&[Value]> {
    let all = records.iter().map(|record| record.as_array().expect("a list").as_slice());
    all.filter(|record| record[6] == "durable").collect()
}

#[test]
fn a_record_says_the_id_and_whether_it_runs_here() {
    let trace = whole();
    let records = records(&trace);
    let charge = json!(remote(&trace, "charge").as_u64());
    let mine: Vec<&Value> = records.iter().filter(|record| record[2] == charge).collect();
    let kinds: Vec<&Value> = mine.iter().map(|record| &record[6]).collect();
    assert_eq!(kinds, ["create", "durable", "complete", "free"]);
    assert_eq!(
        mine[1].as_array().expect("a list")[6..],
        [json!("durable"), json!(0), json!("order-7.1")]
    );

    let checkout = json!(ids(&trace, "checkout")[0].as_u64());
    let mut here = durable(&records).into_iter().filter(|record| record[2] == checkout);
    assert_eq!(here.next().expect("it is durable")[7..], [json!(1), json!("order-7")]);
    // What the engine had this process run.
    let both = durable(&records).into_iter().filter(|record| record[8] == "order-7.0");
    let mut both: Vec<&Value> = both.map(|record| &record[7]).collect();
    both.sort_by_key(|here| here.as_u64());
    assert_eq!(both, [0, 1]);
    assert_eq!(durable(&records).len(), 6);
}

#[test]
fn a_live_run_sends_them() {
    let server = async_mech::trace::serve("127.0.0.1:0").expect("a port");
    let mut events = Events::connect(server.addr());
    let _ = whole();
    let mut left = vec![json!([1, "order-7"]), json!([0, "order-7.1"]), json!([1, "order-7.0"])];
    while !left.is_empty() {
        let (_, kind, rest) = events.next().expect("more events");
        left.retain(|want| kind != "durable" || *want != json!(rest));
    }
}

#[test]
fn the_state_has_them_as_promises() {
    let trace = midst();
    let (charge, price) = (remote(&trace, "charge"), remote(&trace, "price"));
    let end = trace.state_after(usize::MAX);
    assert_eq!(end.promises[&charge], Progress::Pending);
    assert_eq!(end.awaiters[&charge], [ids(&trace, "checkout")[0]]);
    assert!(end.promises.get(&price).is_none_or(|progress| *progress == Progress::Completed));
    assert!(trace.state_after(0).promises.is_empty());
}

#[test]
fn a_large_run_counts_what_the_engine_ran() {
    let all = all_records(&many(21_000));
    let function =
        |name: &str| all.iter().find(|it| it[0] == "function" && it[1] == name).expect("it ran");
    let charge = function("charge on the engine");
    assert_eq!((&charge[2], &charge[3]), (&json!(21_000), &json!(0)));
    assert!(charge[4].as_f64() > Some(0.0) && charge[5].as_f64() > Some(0.0), "{charge}");
    assert_eq!(function("bulk")[2], 1);
    assert!(!all.iter().any(|it| it[0] == "function" && it[1] == "charge"));
}

#[test]
fn a_local_run_has_no_such_record() {
    assert!(durable(&records(&local())).is_empty());
}
