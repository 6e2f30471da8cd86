//! What is to hold on every engine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use async_mech::FailureKind;

use crate::app::{
    AppError, ends, ends_below, gated, hops, nested, nonces, quick_then_gated, race_then_gated, sum,
};
use crate::processes::Group;
use crate::rig::Rig;

type In<'a, 'b, R> = &'a mut Group<'b, R>;

/// What one worker invokes others run: two more at least. Which ones is up to the engine, which may leave
/// one out for a while.
pub fn spreads<R: Rig>(group: In<'_, '_, R>) {
    let mut others: BTreeSet<u32> = BTreeSet::new();
    for round in 0..10 {
        let id = group.id(&format!("sum-{round}"));
        let sum = group.client().invoke(&id, sum, (24, 200)).unwrap();
        assert_eq!(sum.wait(), 2 * (0..24).sum::<u64>());
        let outer: BTreeSet<_> = group.log.of("start", &id).iter().map(|entry| entry.pid).collect();
        assert_eq!(outer.len(), 1);
        let ends = group.log.entries().into_iter().filter(|entry| entry.what == "end");
        let inner: BTreeSet<_> =
            ends.filter(|end| end.id.starts_with(&format!("{id}."))).map(|end| end.pid).collect();
        others.extend(inner.difference(&outer));
        if others.len() >= 2 {
            return;
        }
    }
    panic!("of others there were {others:?}");
}

/// An id that two processes ask for at once runs once.
pub fn runs_one_id_once<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("once");
    let clients = [group.client(), group.another_client()];
    let asked: Vec<_> =
        clients.iter().map(|client| client.invoke(&id, sum, (2, 50)).unwrap()).collect();
    asked.into_iter().for_each(|p| assert_eq!(p.wait(), 2));
    assert_eq!(clients[1].invoke(&id, sum, (2, 50)).unwrap().wait(), 2);
    assert_eq!(group.log.count("start", &id), 1);
    assert_eq!(group.log.count("start", &format!("{id}.0")), 1);
    let error = clients[0].invoke(&id, sum, (3, 50)).unwrap_err().to_string();
    assert!(error.contains("sum(2,50)") && error.contains("sum(3,50)"), "{error}");
}

/// The worker that holds the outer function is killed while that awaits.
pub fn survives_the_outer<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("outer");
    let p = group.client().invoke(&id, quick_then_gated, (group.gate(),)).unwrap();
    let slow = [2, 3].map(|n| format!("{id}.{n}"));
    slow.iter().for_each(|slow| _ = group.log.wait("start", slow, 1));
    let holder = group.log.of("quick", &id)[0].pid;
    group.kill(holder);
    group.log.wait("start", &id, 2);
    group.open();
    assert_eq!(p.wait(), 2 + 4 + 6 + 8);
    let starts = group.log.of("start", &id);
    assert!(starts.iter().skip(1).all(|start| start.pid != holder), "it goes on elsewhere");
    for quick in [0, 1].map(|n| format!("{id}.{n}")) {
        assert_eq!(group.log.count("start", &quick), 1, "{quick} was finished");
    }
}

/// The worker that runs an inner function is killed.
pub fn survives_an_inner<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("inner");
    let p = group.client().invoke(&id, gated, (21, group.gate())).unwrap();
    let holder = group.log.wait("start", &id, 1)[0].pid;
    group.kill(holder);
    assert_ne!(group.log.wait("start", &id, 2)[1].pid, holder);
    group.open();
    assert_eq!(p.wait(), 42);
    let again = group.client().invoke(&id, gated, (21, group.gate())).unwrap();
    assert_eq!(again.wait(), 42);
}

/// So many roots of so many children, and a worker killed each second. Returns what it took.
pub fn survives_a_storm<R: Rig>(group: In<'_, '_, R>, roots: u64, children: u64, millis: u64) {
    let began = Instant::now();
    let client = group.client();
    let promises: Vec<_> = (0..roots)
        .map(|n| client.invoke(group.id(&format!("r{n}")), nonces, (children, millis)).unwrap())
        .collect();
    let mut random = tests::Random::new(u64::from(std::process::id()));
    let mut kills = 0;
    let mut next = Instant::now() + Duration::from_secs(1);
    while !promises.iter().all(|p| p.is_completed()) {
        if Instant::now() >= next {
            let pids = group.pids();
            let pid = pids[random.below(pids.len() as u64) as usize];
            group.kill(pid);
            group.start();
            kills += 1;
            next += Duration::from_secs(1);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = began.elapsed();
    let values: Vec<Vec<String>> = promises.into_iter().map(|p| p.wait()).collect();
    // Each child has one value, whoever asks, and however often.
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in group.log.entries().iter().filter(|entry| entry.what == "saw") {
        let (index, nonce) = entry.more.split_once(' ').expect("two words");
        seen.entry(format!("{}.{index}", entry.id)).or_default().insert(nonce.to_owned());
    }
    for (n, values) in values.iter().enumerate() {
        let id = group.id(&format!("r{n}"));
        assert_eq!(values.len() as u64, children);
        for (index, value) in values.iter().enumerate() {
            let seen = &seen[&format!("{id}.{index}")];
            assert_eq!(seen.iter().collect::<Vec<_>>(), [value], "{id}.{index} is settled once");
        }
        let again = client.invoke(id, nonces, (children, millis)).unwrap();
        assert_eq!(again.wait(), *values);
    }
    let starts = group.log.entries().iter().filter(|entry| entry.what == "start").count() as u64;
    let least = roots * (children + 1);
    assert!(starts >= least);
    eprintln!(
        "{roots} roots of {children} children, {millis} ms each: {:.1} s, {kills} workers killed, \
         {starts} starts where {least} would do",
        took.as_secs_f64()
    );
}

/// The server is killed and started again.
pub fn survives_the_server<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("server");
    let client = group.client();
    let p = client.invoke(&id, quick_then_gated, (group.gate(),)).unwrap();
    let slow = [2, 3].map(|n| format!("{id}.{n}"));
    slow.iter().for_each(|slow| _ = group.log.wait("start", slow, 1));
    if !group.rig.restart() {
        eprintln!("skipped: the server is somebody else's");
    }
    group.open();
    assert_eq!(p.wait(), 20);
    assert_eq!(group.client().invoke(&id, quick_then_gated, (group.gate(),)).unwrap().wait(), 20);
}

/// A worker lacks the function.
pub fn says_what_a_worker_lacks<R: Rig>(group: In<'_, '_, R>, full: &str) {
    let client = group.client();
    if group.rig.finds_another_worker() {
        group.start_of(full);
        let p = client.invoke(group.id("lacks"), sum, (4, 0)).unwrap();
        assert_eq!(p.wait(), 12);
    } else {
        let why = match client.invoke(group.id("lacks"), sum, (4, 0)) {
            Ok(p) => p.outcome().unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert!(why.contains("sum"), "{why}");
    }
}

/// A thousand at once.
pub fn fans_out<R: Rig>(group: In<'_, '_, R>) {
    let began = Instant::now();
    let p = group.client().invoke(group.id("wide"), sum, (1_000, 0)).unwrap();
    assert_eq!(p.wait(), 999_000);
    eprintln!("a fan-out of 1,000: {:.2} s", began.elapsed().as_secs_f64());
}

/// Values, errors that are values, and panics cross.
pub fn passes_failures_on<R: Rig>(group: In<'_, '_, R>) {
    let client = group.client();
    for below in [false, true] {
        let invoke = |way: u64| {
            let id = group.id(&format!("{below}{way}"));
            match below {
                false => client.invoke(id, ends, (way,)).unwrap(),
                true => client.invoke(id, ends_below, (way,)).unwrap(),
            }
        };
        assert_eq!(invoke(0).wait(), Ok(7));
        assert_eq!(invoke(1).wait(), Err(AppError::Odd(1)));
        let failure = invoke(2).outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Panicked);
        assert_eq!((failure.name(), failure.message()), ("ends", "way 2 is no way"));
    }
}

/// A root is cancelled, and what it awaits with it.
pub fn cancels_below<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("cancel");
    let client = group.client();
    let p = client.invoke(&id, nested, (2, group.gate())).unwrap();
    let levels = [id.clone(), format!("{id}.0"), format!("{id}.0.0")];
    group.log.wait("start", &format!("{id}.0.0.0"), 1);
    let left: Vec<_> = levels.iter().map(|level| group.log.count("left", level)).collect();
    client.cancel(&id);
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    // Those that had given their thread up do not come back.
    for (level, left) in levels.iter().zip(left) {
        group.log.wait("left", level, left.max(1));
    }
    group.open();
    let p = client.invoke(&id, nested, (2, group.gate())).unwrap();
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
}

/// One that awaits for long leaves its worker, and goes on when it can.
pub fn waits_without_a_worker<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("day");
    let p = group.client().invoke(&id, quick_then_gated, (group.gate(),)).unwrap();
    group.log.wait("left", &id, 1);
    assert!(!p.is_completed());
    group.open();
    assert_eq!(p.wait(), 20);
    assert!(group.log.count("start", &id) >= 2);
    assert_eq!(group.log.count("start", &format!("{id}.0")), 1);
}

/// The winner of a race stays the winner.
pub fn keeps_the_winner<R: Rig>(group: In<'_, '_, R>) {
    let id = group.id("race");
    let p = group.client().invoke(&id, race_then_gated, (group.gate(),)).unwrap();
    group.log.wait("saw", &id, 1);
    for runs in 2..5 {
        let holder = group.log.of("start", &id).last().expect("it runs").pid;
        if group.pids().contains(&holder) {
            group.kill(holder);
            group.start();
        }
        group.log.wait("saw", &id, runs);
    }
    group.open();
    let winner = p.wait();
    assert!(group.log.of("saw", &id).iter().all(|entry| entry.more == winner));
}

/// How long a hop takes: invoke and await in an execution that runs.
pub fn measures_hops<R: Rig>(group: In<'_, '_, R>) {
    let began = Instant::now();
    let mut hops = group.client().invoke(group.id("hops"), hops, (100,)).unwrap().wait();
    let all = began.elapsed();
    hops.sort_unstable();
    let at = |part: usize| hops[part * (hops.len() - 1) / 100] as f64 / 1_000.0;
    eprintln!(
        "100 hops in {:.2} s: median {:.1} ms, {:.1} to {:.1}",
        all.as_secs_f64(),
        at(50),
        at(0),
        at(100)
    );
}
