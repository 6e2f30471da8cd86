//! Without an engine, and with the embedded one: durable functions are just invocations.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_mech::{FailureKind, Promise, current, durable, invocable, invoke, join, sleep};
use std::time::Duration;
use tests::watched;

#[invocable(durable)]
fn ids(depth: u64) -> Vec<Option<String>> {
    let mut all = vec![current().durable_id().map(str::to_owned)];
    if depth > 0 {
        let below = [invoke!(ids(depth - 1)), invoke!(ids(depth - 1))];
        all.extend(below.into_iter().flat_map(|p| p.await));
    }
    all
}

#[test]
fn without_an_engine_there_are_no_ids() {
    let _watchdog = watched();
    assert_eq!(invoke!(ids(2)).wait(), vec![None; 7]);
    assert_eq!(ids(1), vec![None; 3]);
}

#[test]
fn embedded_ids_are_the_same_as_on_an_engine() {
    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    let ids = engine.invoke("r", ids, (2,)).unwrap().wait();
    let ids: Vec<_> = ids.into_iter().flatten().collect();
    assert_eq!(ids, ["r", "r.0", "r.0.0", "r.0.1", "r.1", "r.1.0", "r.1.1"]);
}

#[test]
fn embedded_promises_are_as_ever() {
    #[invocable(durable)]
    fn everything() -> u64 {
        let slow = invoke!(naps(1));
        let slow = slow.wait_timeout(Duration::from_nanos(1)).unwrap_err().into_promise();
        let raced = Promise::race([slow, invoke!(|| 1)]).await;
        raced.min(1) + invoke!(|| invoke!(naps(2)).wait()).await
    }
    #[invocable(durable)]
    fn naps(n: u64) -> u64 {
        sleep(Duration::from_millis(20));
        n
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    assert_eq!(engine.invoke("everything", everything, ()).unwrap().wait(), 3);
}

#[test]
fn one_id_is_one_execution() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    #[invocable(durable)]
    fn once(n: u64) -> u64 {
        sleep(Duration::from_millis(5));
        n + RUNS.fetch_add(1, Ordering::SeqCst) as u64
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    let askers: Vec<_> = (0..8)
        .map(|_| {
            let engine = engine.clone();
            invoke!(|| engine.invoke("once", once, (5,)).unwrap().wait())
        })
        .collect();
    askers.into_iter().for_each(|asker| assert_eq!(asker.wait(), 5));
    let error = engine.invoke("once", once, (6,)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the durable promise `once` is of `once(5)`, and now `once(6)` is invoked as it"
    );
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
}

#[test]
fn an_embedded_root_can_be_cancelled() {
    #[invocable(durable)]
    fn sleeps() {
        sleep(Duration::from_secs(3_600));
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    let p = engine.invoke("sleeps", sleeps, ()).unwrap();
    let again = engine.invoke("sleeps", sleeps, ()).unwrap();
    engine.cancel("sleeps");
    assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    assert_eq!(again.outcome().unwrap_err().kind(), FailureKind::Cancelled);
}

#[test]
fn a_failure_is_kept_like_a_value() {
    #[invocable(durable)]
    fn fails() -> u64 {
        panic!("once and for all")
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    for _ in 0..2 {
        let failure = engine.invoke("fails", fails, ()).unwrap().outcome().unwrap_err();
        assert_eq!((failure.name(), failure.message()), ("fails", "once and for all"));
    }
}

#[test]
fn no_arguments_and_twelve() {
    #[invocable(durable)]
    #[allow(clippy::too_many_arguments)]
    fn twelve(
        a: u8,
        b: u16,
        c: u32,
        d: u64,
        e: u128,
        f: i128,
        g: String,
        h: char,
        i: bool,
        j: f64,
        k: Option<u8>,
        l: (),
    ) -> String {
        format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k:?} {l:?}")
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    let args = (1, 2, 3, u64::MAX, u128::MAX, i128::MIN, "g".to_owned(), 'h', true, 0.1, None, ());
    let expected =
        twelve(1, 2, 3, u64::MAX, u128::MAX, i128::MIN, "g".into(), 'h', true, 0.1, None, ());
    assert_eq!(engine.invoke("twelve", twelve, args).unwrap().wait(), expected);
}

#[test]
fn the_halves_of_a_durable_execution_s_join_are_calls_in_their_order() {
    #[invocable(durable)]
    fn joins() -> [Vec<Option<String>>; 2] {
        let (a, b) = join(|| invoke!(ids(1)), || invoke!(ids(0)));
        [a.await, b.await]
    }

    let _watchdog = watched();
    let engine = durable::embedded().unwrap();
    for run in 0..20 {
        let id = format!("joins-{run}");
        let ids = engine.invoke(&id, joins, ()).unwrap().wait().concat();
        let ids: Vec<_> = ids.into_iter().flatten().collect();
        let expected = ["0", "0.0", "0.1", "1"].map(|below| format!("{id}.{below}"));
        assert_eq!(ids, expected);
    }
}
