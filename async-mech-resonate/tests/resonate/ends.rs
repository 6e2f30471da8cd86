//! Executions that are cancelled, too late, or given away.

use std::time::Duration;

use async_mech::{FailureKind, Promise, invocable, invoke, sleep};
use async_mech_resonate::Builder;

use crate::gated;
use crate::support::{Leaving, Place, await_open, each, id_here, open, ran};

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

fn cancels(place: &Place, name: &str, builder: Builder, suspends: bool) {
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

#[invocable(durable)]
fn passed_on(gate: String) -> u64 {
    let run = ran();
    open(&format!("began {run} {}", id_here()));
    if run == 1 {
        invoke!(endless()).await
    } else {
        await_open(&gate);
        run
    }
}

#[test]
fn others_go_on_at_once_with_what_a_handle_gives_back() {
    each(|place| {
        let builder = place.builder().lease(Duration::from_secs(60));
        let (engine, id, gate) =
            (builder.clone().start().unwrap(), place.id("passed"), place.id("gate"));
        let other = builder.client().unwrap();
        let passed = other.invoke(&id, passed_on, (gate.clone(),)).unwrap();
        await_open(&format!("began 1 {id}"));
        let _next = place.builder().start().unwrap();
        drop(engine);
        open(&gate);
        assert_eq!(passed.wait(), 2);
    });
}
