//! Own threads, bounded maps, futures, channels, refusals, deadlocks.

use std::sync::mpsc::channel;
use std::time::Duration;

use async_mech::{EventLoop, Promise, block_on, invocable, invoke, map_bounded, promise};

use crate::seen::{alone, on, unlent};

#[invocable(own_thread)]
fn alone_there(n: u32) -> u32 {
    2 * n
}

#[test]
fn own_thread_starts_twice_if_it_was_lent() {
    // Started by its awaiter or by a thread of the loop: that is a matter of luck.
    let event_loop = EventLoop::builder().build();
    let seen = on(&event_loop, |_, _| assert_eq!(invoke!(alone_there(4)).wait(), 8));
    let its = seen.of_one(2);
    let its: Vec<_> = its.iter().map(String::as_str).collect();
    match &its[..] {
        ["invoke by 1", "start lent by 1", "start", "enter n=4", "complete 8", "free"]
        | ["invoke by 1", "start lent by 1", "enter n=4", "start", "complete 8", "free"]
        | ["invoke by 1", "start", "enter n=4", "complete 8", "free"] => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bounded_map_invokes_as_results_are_taken() {
    let seen = unlent(|_, _| {
        let sum: u32 = map_bounded(1..=3, 1, |n: u32| n).map(Result::unwrap).sum();
        assert_eq!(sum, 6);
    });
    let lines = seen.lines();
    for n in 1..=3 {
        assert_eq!(lines.iter().filter(|line| line.ends_with(&format!("complete {n}"))).count(), 1);
    }
    assert_eq!(lines.iter().filter(|line| line.contains("invoke by 1")).count(), 3);
    // Each wait is for a promise of its own, which what is under way leads to.
    let waits: Vec<_> = lines.iter().filter(|line| line.starts_with("1 await")).collect();
    for wait in waits {
        let promise = &wait["1 await ".len()..];
        let is_linked = lines.iter().any(|line| line.ends_with(&format!(" link to {promise}")));
        assert!(is_linked || !lines.contains(&format!("1 suspend {promise}")), "{lines:#?}");
    }
}

#[test]
fn a_channel_or_a_future_takes_the_value() {
    let seen = alone(|| {
        let (p, resolver) = promise();
        let receiver = p.receiver();
        resolver.resolve(1);
        assert_eq!(receiver.recv().unwrap().unwrap(), 1);
    });
    assert_eq!(seen.lines()[1..], ["2 create by 1", "2 complete 1", "2 free"]);
    let seen = unlent(|_, watch| {
        let (p, resolver) = promise::<u32>();
        let waits = invoke!(move || block_on(p));
        watch.until_suspended(waits.id());
        resolver.resolve(1);
        assert_eq!(waits.wait(), 1);
    });
    // The execution awaits what the future's waker resolves, then takes the value.
    assert_eq!(
        seen.of_one(3),
        [
            "invoke by 1",
            "start",
            "await 4",
            "suspend 4",
            "resume 4",
            "return 4 Outcome",
            "await 2",
            "return 2 Outcome",
            "complete 1",
            "free",
        ]
    );
    assert_eq!(seen.of_one(2), ["create by 1", "complete 1", "free"]);
    assert_eq!(seen.of_one(4), ["create by 3", "complete ()", "free"]);
}

#[test]
fn a_loop_that_is_shut_down_refuses() {
    let event_loop = EventLoop::builder().build();
    let seen = on(&event_loop, |event_loop, _| {
        event_loop.shutdown(Duration::ZERO);
        invoke!(|| 1).outcome().unwrap_err();
    });
    assert_eq!(seen.of_one(2), ["invoke by 1", "fail Cancelled", "free"]);
    let seen = alone(|| {
        let p = invoke!(|| 1);
        // Those that run are not waited for.
        let event_loop = EventLoop::builder().build();
        let q = event_loop.run(|| invoke!(|| 1));
        event_loop.shutdown(Duration::MAX);
        drop((p, q));
    });
    assert_eq!(seen.of_one(1), ["root"]);
}

#[test]
fn a_deadlock_returns_to_the_one_that_closes_it() {
    let seen = unlent(|_, watch| {
        let (give, take) = channel::<Promise<()>>();
        let a = invoke!(move || take.recv().unwrap().wait());
        let b = {
            let a = a.clone();
            invoke!(move || a.wait())
        };
        watch.until_suspended(b.id());
        give.send(b.clone()).unwrap();
        a.outcome().unwrap_err();
        b.outcome().unwrap_err();
    });
    assert_eq!(
        seen.of_one(2),
        [
            "invoke by 1",
            "start",
            "await 3",
            "suspend 3",
            "resume 3",
            "return 3 Deadlock",
            "fail Deadlock",
            "free",
        ]
    );
    assert_eq!(
        seen.of_one(3)[2..],
        ["await 2", "suspend 2", "resume 2", "return 2 Outcome", "fail Deadlock", "free"]
    );
}

#[test]
fn at_the_ceiling_an_awaiter_is_told_to_run_what_it_awaits() {
    let event_loop = EventLoop::builder().max_threads(1).lend_threads(false).build();
    let seen = on(&event_loop, |_, _| {
        let outer = invoke!(|| {
            let inner = invoke!(|| 42);
            2 * inner.wait()
        });
        assert_eq!(outer.wait(), 84);
    });
    // By whoever was told: the loop's only thread is suspended, and so is this one.
    let inner = seen.of_one(3);
    assert_eq!(
        (&*inner[0], &inner[2..]),
        ("invoke by 2", &["complete 42".into(), "free".into()][..])
    );
    assert!(inner[1].starts_with("start"), "{inner:?}");
    let order = ["2 suspend 3", "3 complete 42", "2 resume 3", "2 return 3 Outcome"];
    assert!(order.is_sorted_by_key(|line| seen.at(line)), "{:#?}", seen.lines());
}
