//! Combinators of durable promises: deterministic, or refused.

use std::sync::Mutex;

use async_mech::durable::Handle;
use async_mech::{FailureKind, Promise, invocable, invoke, promise, scope};
use std::time::Duration;
use tests::watched;
use tests_durable::Fake;

#[invocable(durable)]
fn echo(n: u64) -> u64 {
    n
}

#[invocable(durable)]
fn breaks(n: u64) -> u64 {
    panic!("broken {n}")
}

fn engine() -> (Fake, Handle) {
    let fake = Fake::default();
    let handle = fake.handle();
    (fake, handle)
}

#[test]
fn all_and_tuples_take_their_inputs_in_order() {
    #[invocable(durable)]
    fn sums() -> (u64, u64, String) {
        let all = Promise::all((0..10).map(|n| invoke!(echo(n)))).await.into_iter().sum();
        let (a, b) = (invoke!(echo(1)), invoke!(echo(2)));
        let (a, b) = (a, b).await;
        let settled = Promise::all_settled([invoke!(echo(1)), invoke!(breaks(2))]).await;
        (all, a + b, settled[1].as_ref().unwrap_err().message().to_owned())
    }

    let _watchdog = watched();
    for after in 0..20 {
        let (fake, engine) = engine();
        fake.take_away("root", after);
        let p = engine.invoke("root", sums, ()).unwrap();
        assert_eq!(p.wait(), (45, 3, "broken 2".to_owned()));
        assert_eq!(fake.ids().len(), 1 + 10 + 2 + 2);
        assert_eq!(fake.look("root").unwrap().runs, 2);
    }
}

#[invocable(durable)]
fn races() -> Vec<u64> {
    let winner = Promise::race([invoke!(echo(1)), invoke!(echo(2)), invoke!(echo(3))]).await;
    vec![winner, invoke!(echo(4)).await]
}

#[test]
fn the_winner_of_a_race_is_the_same_when_it_is_run_again() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    ["root.0", "root.2", "root.3"].iter().for_each(|id| fake.hold(id));
    let p = engine.invoke("root", races, ()).unwrap();
    // The second wins; then the others are there as well, and it runs again.
    fake.wait_for("root.3");
    fake.release("root.2");
    fake.wait_settled("root.2");
    fake.release("root.0");
    fake.wait_settled("root.0");
    fake.take_away_now("root");
    fake.release("root.3");
    assert_eq!(p.wait(), [2, 4]);
    assert_eq!(fake.look("root").unwrap().runs, 2);
}

#[test]
fn any_takes_the_first_that_does_not_fail() {
    #[invocable(durable)]
    fn any_of() -> u64 {
        Promise::any([invoke!(breaks(1)), invoke!(echo(2)), invoke!(breaks(3))]).await
    }
    #[invocable(durable)]
    fn none_of() -> String {
        let p = Promise::any([invoke!(breaks(1)), invoke!(breaks(2))]);
        p.outcome().unwrap_err().message().to_owned()
    }

    let _watchdog = watched();
    for after in 0..8 {
        let (fake, engine) = engine();
        fake.take_away("root", after);
        assert_eq!(engine.invoke("root", any_of, ()).unwrap().wait(), 2);
        let none = engine.invoke("none", none_of, ()).unwrap().wait();
        assert!(none.starts_with("all 2 promises failed"), "{none}");
    }
}

#[test]
fn as_completed_gives_the_recorded_order() {
    static ORDERS: Mutex<Vec<Vec<usize>>> = Mutex::new(Vec::new());
    #[invocable(durable)]
    fn in_order() -> Vec<usize> {
        let mut completed = Promise::as_completed((0..3).map(|n| invoke!(echo(n))));
        let order: Vec<usize> = completed.by_ref().map(|(index, _)| index).collect();
        ORDERS.lock().unwrap().push(order.clone());
        invoke!(echo(9)).await;
        order
    }

    let _watchdog = watched();
    let (fake, engine) = engine();
    ["root.0", "root.1", "root.2", "root.3"].iter().for_each(|id| fake.hold(id));
    let p = engine.invoke("root", in_order, ()).unwrap();
    for id in ["root.2", "root.0", "root.1"] {
        fake.wait_for("root.2");
        fake.release(id);
        fake.wait_settled(id);
    }
    fake.wait_for("root.3");
    fake.take_away_now("root");
    fake.release("root.3");
    let order = p.wait();
    let orders = ORDERS.lock().unwrap();
    assert_eq!(orders.len(), 2);
    assert!(orders.iter().all(|other| *other == order));
}

#[test]
fn nested_alls_and_thens_are_asked_through() {
    #[invocable(durable)]
    fn nested() -> (Vec<Vec<u64>>, u64, u64) {
        let all = |from: u64| Promise::all((from..from + 2).map(|n| invoke!(echo(n))));
        let nested = Promise::all([all(0), all(2)]).await;
        let then = invoke!(echo(5)).then(|n| n * 2).await;
        let then = then + async_mech::block_on(async { invoke!(echo(100)).await });
        let flat = invoke!(echo(6)).then(|n| invoke!(move || n + 1)).flatten().await;
        (nested, then, flat)
    }

    let _watchdog = watched();
    let (_fake, engine) = engine();
    let p = engine.invoke("root", nested, ()).unwrap();
    assert_eq!(p.wait(), (vec![vec![0, 1], vec![2, 3]], 110, 7));
}

#[test]
fn local_invocations_are_as_ever() {
    #[invocable(durable)]
    fn mixes() -> u64 {
        let local = invoke!(|| 1);
        let (manual, resolver) = promise();
        let helper = invoke!(move || resolver.resolve(2));
        let borrowed = 4;
        let scoped = scope(|s| invoke!(s => || borrowed * 2).wait());
        helper.await;
        let both = Promise::all([local, invoke!(echo(16)), manual]).await;
        scoped + both.iter().sum::<u64>() + Promise::race([invoke!(|| 32)]).await
    }

    let _watchdog = watched();
    let (_fake, engine) = engine();
    assert_eq!(engine.invoke("root", mixes, ()).unwrap().wait(), 8 + 19 + 32);
}

/// What each says that cannot be run again.
#[invocable(durable)]
fn refused(way: u64) -> String {
    let p = invoke!(echo(1));
    let failure = match way {
        0 => p.wait_timeout(Duration::from_secs(60)).unwrap().unwrap_err(),
        1 => invoke!(|| p.outcome()).await.unwrap_err(),
        2 => p.receiver().recv().unwrap().unwrap_err(),
        3 => invoke!(|| async_mech::block_on(p.into_future().outcome())).await.unwrap_err(),
        4 => Promise::race([p, invoke!(|| 1)]).outcome().unwrap_err(),
        5 => Promise::race([Promise::all([p]), Promise::all([invoke!(echo(2))])])
            .outcome()
            .map(|values| values[0])
            .unwrap_err(),
        6 => invoke!(|| invoke!(echo(3)).outcome()).await.unwrap_err(),
        7 => invoke!({ Promise::all([p]).outcome() }).await.map(|all| all[0]).unwrap_err(),
        _ => p.then(|n| invoke!(echo(n))).flatten().outcome().unwrap_err(),
    };
    assert_eq!(failure.kind(), FailureKind::Failed);
    failure.message().to_owned()
}

#[test]
fn what_could_not_be_run_again_is_refused_and_says_why() {
    let _watchdog = watched();
    let (fake, engine) = engine();
    let expected = [
        "a durable promise cannot be awaited with a deadline",
        "a durable promise can be awaited by the durable execution alone",
        "a durable promise can be awaited by the durable execution alone",
        "a durable promise can be awaited by the durable execution alone",
        "the winner among durable promises and others is not recorded",
        "the winner among durable promises and others is not recorded",
        "a durable function can be invoked by a durable execution, on its own thread",
        "a durable promise can be awaited by the durable execution alone",
        "a durable function can be invoked by a durable execution, on its own thread",
    ];
    for (way, expected) in expected.into_iter().enumerate() {
        let id = format!("root{way}");
        let message = engine.invoke(id, refused, (way as u64,)).unwrap().wait();
        assert!(message.starts_with(expected), "way {way}: {message}");
    }
    assert_eq!(fake.look("root6").unwrap().runs, 1);
    assert!(fake.look("root6.1").is_none(), "what is refused is not run");
}
