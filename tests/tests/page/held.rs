//! A run held in its midst, where everybody waits, and what the event loop says of it there.

use std::collections::BTreeMap;

use crate::records::alone;
use async_mech::trace::{Kind, Trace};
use async_mech::{EventLoop, Id, Promise, State, invoke, promise};
use tests::{until_awaited, until_awaited_by, until_completed};

/// What was recorded so far, what the loop said there, and the recording to the end.
pub(crate) struct Held {
    pub(crate) midst: Trace,
    pub(crate) snapshot: State,
    pub(crate) whole: Trace,
}

pub(crate) fn run() -> Held {
    let _alone = alone();
    let (midst, whole) = (Trace::start(), Trace::start());
    let event_loop = EventLoop::builder().build();
    let seen = event_loop.subscribe();
    let held = event_loop.clone();
    let (snapshot, midst) = event_loop.run(|| {
        let (a, resolve_a) = promise::<u32>();
        let (b, resolve_b) = promise::<u32>();
        let done = invoke!(|| "done");
        let failed = invoke!(|| -> u32 { panic!("no \"value\"") });
        until_completed(&done);
        until_completed(&failed);
        let direct: Vec<_> = (0..3)
            .map(|_| {
                let a = a.clone();
                invoke!(move || a.wait())
            })
            .collect();
        // Over others, on a lent thread or not.
        let outer = invoke!(move || invoke!(move || b.wait()).wait() + 1);
        let both = Promise::all([direct[0].clone(), outer.clone()]);
        let linked = outer.clone().then(|n| n * 2);
        let waiting = {
            let both = both.clone();
            invoke!(move || both.wait().len())
        };
        until_awaited_by(&held, a.id(), 3);
        until_awaited(&held, both.id());
        let inner =
            || held.snapshot().awaiters.into_iter().filter(|(_, by)| !by.is_empty()).count();
        // a, b, what awaits b, the two inputs of `both`, and `both` itself.
        while inner() < 6 {
            std::thread::yield_now();
        }
        let snapshot = held.snapshot();
        // An await is told of right after it is seen.
        let mut left: Vec<(Id, Id)> = snapshot
            .waits
            .iter()
            .flat_map(|(id, waits)| waits.iter().map(move |wait| (*id, wait)))
            .filter(|(_, wait)| wait.since.is_some() && !wait.lends)
            .map(|(id, wait)| (id, wait.promise))
            .collect();
        while !left.is_empty() {
            let event = seen.recv().expect("the loop lives");
            if let Kind::Suspend { promise } = event.kind {
                left.retain(|wait| *wait != (event.execution, promise));
            }
        }
        let midst = midst.stop();
        resolve_a.resolve(1);
        resolve_b.resolve(2);
        assert_eq!((waiting.wait(), linked.wait(), done.wait()), (2, 6, "done"));
        assert!(failed.outcome().is_err());
        drop((direct, outer, both));
        (snapshot, midst)
    });
    Held { midst, snapshot, whole: whole.stop() }
}

#[test]
fn the_replay_equals_the_snapshot_in_the_midst() {
    let held = run();
    let replayed = held.midst.state_after(usize::MAX);
    let ids: Vec<_> = replayed.promises.keys().collect();
    assert_eq!(ids, held.snapshot.promises.keys().collect::<Vec<_>>());
    let sorted = |awaiters: &BTreeMap<Id, Vec<Id>>| {
        let mut awaiters = awaiters.clone();
        awaiters.values_mut().for_each(|list| list.sort_unstable());
        awaiters
    };
    assert_eq!(sorted(&replayed.awaiters), sorted(&held.snapshot.awaiters));
}
