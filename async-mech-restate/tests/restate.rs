//! Durable functions on a real server.

mod server;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{FailureKind, Promise, invocable, invoke};

use async_mech_restate::connect;

use crate::server::{own_server, server};

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

static WINNERS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

#[invocable(durable)]
fn races_and_waits() -> u64 {
    let racers = [invoke!(long(600)), invoke!(long(400)), invoke!(long(200))];
    let winner = Promise::race(racers).await;
    WINNERS.lock().unwrap().push(winner);
    invoke!(long(1_500)).await;
    winner
}

#[test]
fn a_race_has_the_same_winner_when_it_runs_again() {
    let Some(server) = server() else { return };
    let engine = server.connect("race-again").suspend_after(Duration::from_millis(100));
    let engine = engine.start().unwrap();
    let roots: Vec<Promise<u64>> =
        (0..5).map(|n| engine.invoke(format!("race-{n}"), races_and_waits, ()).unwrap()).collect();
    assert_eq!(roots.into_iter().map(Promise::wait).collect::<Vec<_>>(), [200; 5]);
    let winners = WINNERS.lock().unwrap();
    assert!(winners.len() >= 10 && winners.iter().all(|winner| *winner == 200), "{winners:?}");
}

#[invocable(durable)]
fn repeated(text: String, times: u64) -> String {
    text.repeat(times as usize)
}

#[invocable(durable)]
fn has_one_that_repeats(length: u64, times: u64) -> u64 {
    invoke!(repeated("x".repeat(length as usize), times)).await.len() as u64
}

#[test]
fn what_is_too_long_fails() {
    let Some(server) = server() else { return };
    let engine = server.worker("long");
    let invoke = |id: &str, length, times| {
        engine.invoke(id, has_one_that_repeats, (length, times)).unwrap().outcome()
    };
    assert_eq!(invoke("good", 5_000_000, 2).unwrap(), 10_000_000);
    let failure = invoke("arguments", 34_000_000, 0).unwrap_err();
    assert!(failure.message().starts_with("its arguments have 34000006 bytes"), "{failure}");
    let failure = invoke("value", 5_000_000, 7).unwrap_err();
    assert!(failure.message().starts_with("its value has 35000002 bytes"), "{failure}");
    let text = "x".repeat(34_000_000);
    let error = engine.invoke("root", repeated, (text, 0)).unwrap_err().to_string();
    assert!(error.ends_with("its arguments have 34000006 bytes, and 33488896 go"), "{error}");
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

/// Runs of an execution, by its id.
static RUNS: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// Which run of the current execution this is.
fn run() -> u32 {
    let id = async_mech::current().durable_id().unwrap().to_owned();
    let mut runs = RUNS.lock().unwrap();
    let run = runs.entry(id).or_default();
    *run += 1;
    *run
}

#[invocable(durable)]
fn invokes_another() -> u64 {
    let p = if run() == 1 { invoke!(long(1_000)) } else { invoke!(double(1)) };
    p.await + invoke!(double(2)).await
}

#[invocable(durable)]
fn invokes_less() -> u64 {
    if run() > 1 {
        return 7;
    }
    invoke!(double(3)).await + invoke!(long(1_000)).await
}

#[invocable(durable)]
fn cancels_at_first() -> u64 {
    let p = invoke!(double(4));
    if run() == 1 {
        p.cancel();
    }
    invoke!(long(1_000)).await
}

#[invocable(durable)]
fn cancels_later() -> u64 {
    let p = invoke!(double(4));
    if run() > 1 {
        p.cancel();
    }
    invoke!(long(1_000)).await
}

#[invocable(durable)]
fn has_one_that_invokes_another() -> u64 {
    invoke!(invokes_another()).await
}

#[test]
fn who_invokes_something_else_when_it_runs_again_fails() {
    let Some(server) = server() else { return };
    let suspending = server.connect("divergence").suspend_after(Duration::from_millis(100));
    let engine = suspending.start().unwrap();
    let another = engine.invoke("another", invokes_another, ()).unwrap();
    let inner = engine.invoke("inner", has_one_that_invokes_another, ()).unwrap();
    let less = engine.invoke("less", invokes_less, ()).unwrap();
    let first = engine.invoke("first", cancels_at_first, ()).unwrap();
    let later = engine.invoke("later", cancels_later, ()).unwrap();
    let failed = |p: Promise<u64>| p.outcome().unwrap_err().message().to_owned();
    let differs = |id: &str| {
        format!(
            "the durable promise `{id}` is of `long(1000)`, and now `double(1)` is invoked as it: a \
             durable function must invoke the same in the same order at each run"
        )
    };
    assert_eq!(failed(another), differs("another.0"));
    assert_eq!(failed(inner), differs("inner.0.0"));
    assert_eq!(
        failed(less),
        "it has invoked `double(3)` as `less.0` before, and now ends without: a durable function \
         must invoke the same in the same order at each run"
    );
    assert_eq!(first.wait(), 1_000);
    assert_eq!(later.wait(), 1_000);
}

#[test]
fn a_suspended_execution_goes_on() {
    let Some(server) = server() else { return };
    let engine = server.connect("suspended").suspend_after(Duration::from_millis(100));
    let engine = engine.start().unwrap();
    assert_eq!(engine.invoke("one", waits_for_long, (1_000,)).unwrap().wait(), 1_000);
}

#[test]
fn a_function_that_the_worker_has_not_fails() {
    let Some(server) = server() else { return };
    let _engine = server.worker("unknown");
    let answer = server.post("/async_mech.unknown/root", r#"{"function":"nosuch","args":[]}"#);
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    for part in ["nosuch", "has no such function", "127.0.0.1", "group `unknown`"] {
        assert!(answer.contains(part), "{answer}");
    }
    let answer = server.post("/async_mech.unknown/nosuch", "[]");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn arguments_that_do_not_decode_fail() {
    let Some(server) = server() else { return };
    let _engine = server.worker("arguments");
    let answer = server.post("/async_mech.arguments/root", r#"{"function":"double","args":["x"]}"#);
    assert!(answer.contains("its arguments do not decode: argument 1"), "{answer}");
    let answer = server.post("/async_mech.arguments/double", "[1,2]");
    assert!(answer.contains("there are 2 in place of 1"), "{answer}");
    let answer = server.post("/async_mech.arguments/double", "[21]");
    assert!(answer.ends_with("\r\n\r\n42"), "{answer}");
}

#[test]
fn who_serves_nothing_can_invoke() {
    let Some(server) = server() else { return };
    let client = server.connect("client").client().unwrap();
    let worker = server.connect("client").start().unwrap();
    let root = client.invoke("a 'root' of 50 %", waits_for_long, (300,)).unwrap();
    // Another connection cancels what it has not invoked.
    let long = worker.invoke("long", waits_for_long, (8_000,)).unwrap();
    client.cancel("long");
    assert_eq!(long.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(root.wait(), 300);
}

#[test]
fn workers_share_an_address() {
    let Some(server) = server() else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut workers = vec![(); 3].into_iter().map(|()| server.connect("shared").listen(free));
    let leaves = workers.next().unwrap().start().unwrap();
    let workers: Vec<_> = workers.map(|worker| worker.start().unwrap()).collect();
    let invoke =
        |n: u64| workers[n as usize % 2].invoke(format!("sum-{n}"), sum_of_doubles, (n,)).unwrap();
    let roots: Vec<Promise<u64>> = (1..=20).map(invoke).collect();
    // What runs there runs again with the others.
    drop(leaves);
    let sum: u64 = roots.into_iter().map(Promise::wait).sum();
    assert_eq!(sum, (1..=20).map(|n| n * (n + 1)).sum::<u64>());
}

#[test]
fn the_server_may_restart_meanwhile() {
    let Some(mut server) = own_server() else { return };
    let engine = server.worker("restart");
    let root = engine.invoke("root", waits_for_long, (1_500,)).unwrap();
    let other = engine.invoke("sum", sum_of_doubles, (10,)).unwrap();
    server.restart();
    assert_eq!(engine.invoke("later", sum_of_doubles, (3,)).unwrap().wait(), 12);
    assert_eq!((root.wait(), other.wait()), (1_500, 110));
}

#[test]
fn what_cannot_be_done_is_said() {
    let said = |result: Result<async_mech::durable::Handle, _>| match result {
        Ok(_) => panic!("it can be done"),
        Err::<_, async_mech::durable::Error>(error) => error.to_string(),
    };
    let error = connect("localhost").map(drop).unwrap_err().to_string();
    assert!(error.contains("`localhost` is no URL of Restate"), "{error}");
    let error = said(connect("http://localhost").unwrap().group("a b").client());
    assert!(error.contains("`a b` is no name of a group"), "{error}");

    // Nobody answers there, nor is given that port: it is none of those that are free for all.
    let url = "http://127.0.0.1:1";
    let error = said(connect(url).unwrap().admin(url).start());
    assert!(error.contains("cannot register the worker http://127.0.0.1:"), "{error}");
    assert!(error.contains(url) && error.contains("refused"), "{error}");
    let error = said(connect(url).unwrap().listen("0.0.0.0:0").start());
    assert!(error.contains("cannot serve durable functions at `0.0.0.0:0`: say with"), "{error}");
    let client = connect(url).unwrap().client().unwrap();
    let error = client.invoke("sum", sum_of_doubles, (1,)).unwrap_err().to_string();
    assert!(error.contains("cannot invoke `sum_of_doubles` as `sum` on Restate at"), "{error}");
    assert!(error.contains(url) && error.contains("refused"), "{error}");
}
