//! Executions that run again: what was done is not done twice, and they see what they saw.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::durable::Handle;
use async_mech::{FailureKind, Promise, current, invocable, invoke, sleep};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tests::watched;
use tests_durable::Fake;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum AppError {
    Odd(u64),
}

#[invocable(durable)]
fn half(n: u64) -> Result<u64, AppError> {
    if n.is_multiple_of(2) { Ok(n / 2) } else { Err(AppError::Odd(n)) }
}

#[invocable(durable)]
fn halves(numbers: Vec<u64>) -> Result<Vec<u64>, AppError> {
    let halves: Vec<_> = numbers.into_iter().map(|n| invoke!(half(n))).collect();
    halves.into_iter().map(|half| half.await).collect()
}

#[invocable(durable, name = "a chain")]
fn chain(depth: u64) -> u64 {
    if depth == 0 { 0 } else { invoke!(chain(depth - 1)).await + 1 }
}

fn engine() -> (Fake, Handle) {
    let fake = Fake::default();
    let handle = fake.handle();
    (fake, handle)
}

#[test]
fn what_an_execution_invokes_is_called_parent_dot_sequence() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    let p = engine.invoke("root", halves, (vec![2, 4, 6],)).unwrap();
    assert_eq!(p.wait(), Ok(vec![1, 2, 3]));
    assert_eq!(fake.ids(), ["root", "root.0", "root.1", "root.2"]);
    assert_eq!(fake.look("root").unwrap().call, "halves([2,4,6])");
    assert_eq!(fake.look("root.2").unwrap().call, "half(6)");

    let error = engine.invoke("odd", halves, (vec![2, 3],)).unwrap().wait();
    assert_eq!(error, Err(AppError::Odd(3)), "an error that is returned is a value");

    assert_eq!(engine.invoke("deep", chain, (30,)).unwrap().wait(), 30);
    assert_eq!(fake.look(&format!("deep{}", ".0".repeat(30))).unwrap().call, "a chain(0)");
}

#[test]
fn an_id_asked_for_again_runs_once() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    fake.hold("root.0");
    let first = engine.invoke("root", halves, (vec![2],)).unwrap();
    let second = engine.invoke("root", halves, (vec![2],)).unwrap();
    fake.wait_for("root.0");
    fake.release("root.0");
    assert_eq!(first.wait(), second.wait());
    let third = engine.invoke("root", halves, (vec![2],)).unwrap();
    assert!(third.is_completed());
    assert_eq!(third.wait(), Ok(vec![1]));
    assert_eq!(fake.look("root").unwrap().runs, 1);

    let other = engine.invoke("root", halves, (vec![4],)).unwrap_err();
    assert_eq!(
        other.to_string(),
        "the durable promise `root` is of `halves([2])`, and now `halves([4])` is invoked as it"
    );
}

#[test]
fn an_execution_taken_away_at_any_call_ends_as_if_it_had_not_been() {
    let _watchdog = watched();
    // Three invocations and three awaits.
    for after in 0..6 {
        let (fake, engine) = engine();
        fake.take_away("root", after);
        let p = engine.invoke("root", halves, (vec![2, 4, 6],)).unwrap();
        assert_eq!(p.wait(), Ok(vec![1, 2, 3]));
        assert_eq!(fake.look("root").unwrap().runs, 2, "taken away at call {after}");
        for child in ["root.0", "root.1", "root.2"] {
            assert_eq!(fake.look(child).unwrap().runs, 1, "{child} is done");
        }
    }
    let (fake, engine) = engine();
    for level in 0..10 {
        fake.take_away(&format!("deep{}", ".0".repeat(level)), level % 2);
    }
    assert_eq!(engine.invoke("deep", chain, (10,)).unwrap().wait(), 10);
    assert_eq!(fake.ids().len(), 11);
}

#[test]
fn one_taken_away_while_it_waits_unwinds_at_once() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counts;
    impl Drop for Counts {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }
    #[invocable(durable)]
    fn waits_for_one() -> u64 {
        let _counts = Counts;
        invoke!(half(8)).await.unwrap()
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    fake.hold("root.0");
    let p = engine.invoke("root", waits_for_one, ()).unwrap();
    fake.wait_for("root.0");
    fake.take_away_now("root");
    fake.release("root.0");
    assert_eq!(p.wait(), 4);
    assert_eq!(fake.look("root").unwrap().runs, 2);
    while DROPPED.load(Ordering::SeqCst) < 2 {
        std::thread::yield_now();
    }
    assert!(!fake.look("root.0").unwrap().cancelled, "who is taken away cancels nothing");
}

#[test]
fn one_taken_away_while_it_sleeps_ends_its_sleep() {
    static FIRST: AtomicUsize = AtomicUsize::new(0);
    #[invocable(durable)]
    fn sleeps_at_first() -> u64 {
        let half = invoke!(half(2));
        if FIRST.fetch_add(1, Ordering::SeqCst) == 0 {
            sleep(Duration::from_secs(3_600));
        }
        half.await.unwrap()
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    let p = engine.invoke("root", sleeps_at_first, ()).unwrap();
    while FIRST.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    fake.take_away_now("root");
    assert_eq!(p.wait(), 1);
}

#[test]
fn what_is_invoked_is_completed_when_it_is_awaited() {
    static SEEN: Mutex<Vec<bool>> = Mutex::new(Vec::new());
    #[invocable(durable)]
    fn looks(known: String) -> u64 {
        let p = invoke!(half(2));
        assert_eq!(current().durable_id(), Some(&*known));
        // The engine has settled it by now; to this run that is unknown.
        FAKE.lock().unwrap().as_ref().unwrap().wait_settled(&format!("{known}.0"));
        SEEN.lock().unwrap().push(p.is_completed());
        let p = p.try_wait().unwrap_err();
        p.await.unwrap()
    }
    static FAKE: Mutex<Option<Fake>> = Mutex::new(None);

    let _watchdog = watched();
    let (fake, engine) = engine();
    *FAKE.lock().unwrap() = Some(fake.clone());
    assert_eq!(engine.invoke("root", looks, ("root".to_owned(),)).unwrap().wait(), 1);
    assert_eq!(*SEEN.lock().unwrap(), [false]);
    *FAKE.lock().unwrap() = None;
}

#[invocable(durable)]
fn fails(text: String) -> u64 {
    panic!("no {text}")
}

#[invocable(durable)]
fn fails_below() -> u64 {
    invoke!(fails("luck".to_owned())).await
}

#[test]
fn a_failure_crosses_with_kind_function_and_message() {
    let _watchdog = watched();
    let (_fake, engine) = engine();
    let failure =
        engine.invoke("root", fails, ("disk".to_owned(),)).unwrap().outcome().unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Panicked);
    assert_eq!((failure.name(), failure.message()), ("fails", "no disk"));
    assert!(failure.file().ends_with("runs.rs"));
    assert!(failure.into_panic().is_err(), "a payload stays where it is");

    let failure = engine.invoke("below", fails_below, ()).unwrap().outcome().unwrap_err();
    assert_eq!((failure.name(), failure.message()), ("fails", "no luck"));
}

#[test]
fn a_run_that_invokes_something_else_fails_there_and_both_are_named() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[invocable(durable)]
    fn changes_its_mind() -> u64 {
        let run = RUNS.fetch_add(1, Ordering::SeqCst) as u64;
        invoke!(half(run * 2)).await.unwrap();
        invoke!(half(4)).await.unwrap()
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    fake.take_away("root", 2);
    let failure = engine.invoke("root", changes_its_mind, ()).unwrap().outcome().unwrap_err();
    assert_eq!(
        failure.message(),
        "the durable promise `root.0` is of `half(0)`, and now `half(2)` is invoked as it: a durable \
         function must invoke the same in the same order at each run"
    );
}

#[test]
fn detached_and_dropped_promises_run_on() {
    #[invocable(durable)]
    fn lets_go() -> u64 {
        invoke!(half(2)).detach();
        drop(invoke!(half(4)));
        7
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    assert_eq!(engine.invoke("root", lets_go, ()).unwrap().wait(), 7);
    fake.wait_settled("root.0");
    fake.wait_settled("root.1");
    assert!(!fake.look("root.1").unwrap().cancelled);
}

#[test]
fn cancelling_reaches_the_engine() {
    #[invocable(durable)]
    fn cancels() -> bool {
        let p = invoke!(half(2));
        p.cancel();
        p.outcome().unwrap_err().kind() == FailureKind::Cancelled
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    fake.hold("root.0");
    assert!(engine.invoke("root", cancels, ()).unwrap().wait());
    assert!(fake.look("root.0").unwrap().cancelled);

    // And from outside: the root's execution unwinds.
    fake.hold("slow.0");
    let p = engine.invoke("slow", halves, (vec![2],)).unwrap();
    fake.wait_for("slow.0");
    engine.cancel("slow");
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
}

#[test]
fn a_thousand_at_once() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    let numbers: Vec<u64> = (0..1_000).map(|n| 2 * n).collect();
    fake.take_away("root", 1_500);
    let p = engine.invoke("root", halves, (numbers,)).unwrap();
    assert_eq!(p.wait(), Ok((0..1_000).collect()));
    assert!((0..1_000).all(|n| fake.look(&format!("root.{n}")).unwrap().runs == 1));
}

#[test]
fn a_root_can_be_awaited_in_every_way() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    fake.hold("slow");
    let slow = engine.invoke("slow", half, (2,)).unwrap();
    let fast = engine.invoke("fast", half, (4,)).unwrap();
    let slow = slow.wait_timeout(Duration::from_millis(1)).unwrap_err().into_promise();
    let (canceller, loser) = (slow.canceller(), slow.id());
    assert_eq!(Promise::race([slow, fast]).wait(), Ok(2));
    assert_eq!(canceller.id(), loser);
    canceller.cancel();
    assert!(fake.look("slow").unwrap().cancelled);
    let p = engine.invoke("fast", half, (4,)).unwrap();
    assert_eq!(p.receiver().recv().unwrap().unwrap(), Ok(2));
    let p = engine.invoke("fast", half, (4,)).unwrap();
    assert_eq!(async_mech::block_on(async { p.await }), Ok(2));
    assert_eq!(invoke!({ engine.invoke("other", half, (6,)).unwrap().wait() }).wait(), Ok(3));
}
