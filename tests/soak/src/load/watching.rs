//! Those who watch: observers, channels of events, recordings, and the page that is served.

use std::collections::HashSet;

use async_mech::trace::{self, Event, Kind, Observer, Trace};
use async_mech::{EventLoop, FailureKind, Id, Promise, invocable, invoke, sleep};
use std::time::Duration;
use tests::{Random, until_no_promises};
use tests_live::Events;

use super::{MEANT, shapes};
use crate::books::{Account, Balance};

/// What an observer sees of invocations.
#[derive(Default)]
struct Seen {
    /// Executions that were invoked and have not ended.
    open: HashSet<Id>,
    balance: Balance,
    lost: u64,
}

impl Observer for Seen {
    fn event(&mut self, event: &Event) {
        match &event.kind {
            Kind::Invoke => {
                self.balance.invoked += 1;
                self.open.insert(event.execution);
            }
            Kind::Complete { .. } if self.open.remove(&event.execution) => {
                self.balance.completed += 1;
            }
            Kind::Fail { kind, .. } if self.open.remove(&event.execution) => {
                if *kind == FailureKind::Cancelled {
                    self.balance.cancelled += 1;
                } else {
                    self.balance.failed += 1;
                }
            }
            Kind::Lost { count } => self.lost += count,
            _ => {}
        }
    }
}

/// What is observed on a loop of its own agrees with what its bodies say, one by one.
pub(super) fn observers(account: &'static Account, random: &mut Random) {
    let (mut most, lend) = (EventLoop::builder(), random.once_in(2));
    if random.once_in(2) {
        most = most.max_threads(2);
    }
    let event_loop = most.lend_threads(lend).build();
    let observation = event_loop.observe(Seen::default()).expect("a thread for it");
    let events = event_loop.subscribe_bounded(64);
    let mut expected = Balance::default();
    event_loop.run(|| {
        assert_eq!(account.invoke(move || shapes::fib(account, 8)).wait(), 21);
        (expected.invoked, expected.completed) = (67, 67);
        for n in 0..random.below(30) {
            expected.invoked += 1;
            match n % 3 {
                0 => {
                    let p = account.invoke(|| sleep(Duration::from_secs(3_600)));
                    p.cancel();
                    drop(p.outcome());
                    expected.cancelled += 1;
                }
                1 => {
                    drop(account.invoke(|| std::panic::panic_any::<&str>(MEANT)).outcome());
                    expected.failed += 1;
                }
                _ => {
                    account.invoke(|| ()).detach();
                    expected.completed += 1;
                }
            }
        }
    });
    until_no_promises(&event_loop);
    let seen = observation.stop().expect("it has not panicked");
    assert_eq!((seen.lost, seen.open.len()), (0, 0));
    assert!(seen.balance.is_even());
    assert_eq!(seen.balance, expected);
    assert!(events.try_iter().count() <= 64);
}

#[invocable]
fn shown(account: &'static Account, text: String) -> usize {
    let _ = account;
    text.len()
}

/// A recording of whatever happens meanwhile, and its drawings.
pub(super) fn recordings(account: &'static Account, random: &mut Random) {
    let recording = Trace::start_with_room_for(5_000);
    let entry = account.entry();
    assert_eq!(invoke!(move || entry.run(|| shown(account, "seen".into()))).wait(), 4);
    assert_eq!(account.invoke(move || shapes::fib(account, 6)).wait(), 8);
    if random.once_in(3) {
        drop(recording);
        return;
    }
    let trace = recording.stop();
    assert!(!trace.events().is_empty());
    if random.once_in(4) {
        assert!(trace.sequence().mermaid().starts_with("sequenceDiagram"));
    }
}

/// The page, with clients that read some of the stream and go, or do not read.
pub(super) fn served(account: &'static Account, random: &mut Random) {
    let server = trace::Server::builder().keep(1_000).serve("127.0.0.1:0").expect("a free port");
    let reading = Events::connect(server.addr());
    let silent = random.once_in(2).then(|| Events::connect(server.addr()));
    let work: Vec<Promise<u64>> =
        (0..50).map(|n| account.invoke(move || shapes::fib(account, n % 6))).collect();
    assert!(reading.take(200).count() <= 200);
    work.into_iter().for_each(|p| assert!(p.wait() < 6));
    drop(server);
    drop(silent);
}
