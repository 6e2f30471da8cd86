//! Bodies that run again.

use std::time::Duration;

use async_mech::{Promise, invocable, invoke};

use crate::support::{Leaving, await_open, each, id_here, open, ran, run_of};
use crate::{gated, leaf};

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

/// Races others at its second run.
#[invocable(durable)]
fn fickle_race(gate: String) -> u64 {
    let run = ran();
    let _leaving = Leaving(format!("left {run} {}", id_here()));
    let runners = [1, 2].map(|n| invoke!(leaf(n)));
    let [one, _] = &runners;
    let racing = if run == 1 { runners.to_vec() } else { vec![one.clone()] };
    Promise::race(racing).await + invoke!(gated(gate, 1)).await
}

#[test]
fn another_race_in_its_place_fails() {
    each(|place| {
        let engine = place.builder().suspend_after(Duration::from_millis(50)).start().unwrap();
        let (id, gate) = (place.id("fickle-race"), place.id("gate"));
        let race = engine.invoke(&id, fickle_race, (gate.clone(),)).unwrap();
        await_open(&format!("left 1 {id}"));
        open(&gate);
        let message = race.outcome().unwrap_err().to_string();
        assert!(message.contains("the first of [") && message.contains(".s0`"), "{message}");
    });
}
