//! Circles of awaits: whoever closes one is told, and nobody hangs.

use std::sync::mpsc::channel;

use async_mech::{FailureKind, Promise};
use tests::Random;

use crate::books::Account;

pub(super) fn circles(account: &'static Account, random: &mut Random) {
    let n = 1 + random.below(6) as usize;
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..n).map(|_| channel::<Promise<()>>()).unzip();
    let around: Vec<Promise<()>> = receivers
        .into_iter()
        .map(|receiver| {
            account.invoke(move || receiver.recv().expect("the next one's promise").wait())
        })
        .collect();
    // Each is sent the promise of the one after it, the last that of the first.
    for (at, sender) in senders.into_iter().enumerate() {
        sender.send(around[(at + 1) % n].clone()).expect("it waits");
    }
    for p in around {
        let failure = p.outcome().unwrap_err();
        assert_eq!(failure.kind(), FailureKind::Deadlock, "{failure}");
    }
}
