//! What is not async-mech's own: channels, futures, an executor, thread-local context.

use std::cell::Cell;
use std::sync::{Once, OnceLock};
use std::time::Duration;

use async_mech::{Promise, block_on, inherit, sleep};
use tests::Random;
use tokio::runtime::{Builder, Runtime};

use crate::books::Account;

pub(super) fn receivers(account: &'static Account, random: &mut Random) {
    let time = Duration::from_micros(random.below(300));
    let quick = account.invoke(|| 1).receiver();
    let slow = account
        .invoke(move || {
            sleep(time);
            2
        })
        .receiver();
    let first = crossbeam_channel::select! {
        recv(quick) -> outcome => outcome,
        recv(slow) -> outcome => outcome,
    };
    assert!((1..=2).contains(&first.expect("one of them").expect("a value")));
    // The other one is not read, or is.
    if random.once_in(2) {
        assert!(quick.recv().is_ok() || slow.recv().is_ok());
    }
}

pub(super) fn futures(account: &'static Account, random: &mut Random) {
    let n = random.below(20);
    let sum = account.invoke(move || {
        block_on(async move {
            let mut sum = 0;
            for k in 0..n {
                sum += account.invoke(move || k).await;
            }
            sum
        })
    });
    assert_eq!(sum.wait(), (0..n).sum::<u64>());
    // A future that is dropped after it has been polled.
    let unread = account.invoke(|| sleep(Duration::from_micros(50)));
    let mut future = Box::pin(async move { unread.await });
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    let _ = future.as_mut().poll(context);
}

/// One for all.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
    })
}

/// Tasks that await promises, and executions that await tasks.
pub(super) fn on_tokio(account: &'static Account, random: &mut Random) {
    let n = random.below(30);
    let tasks: Vec<_> = (0..n)
        .map(|k| {
            runtime().spawn(async move {
                if k % 4 == 0 {
                    tokio::time::sleep(Duration::from_micros(100)).await;
                }
                account.invoke(move || k).await + 1
            })
        })
        .collect();
    let sums: Vec<Promise<u64>> = tasks
        .into_iter()
        .map(|task| account.invoke(move || block_on(task).expect("it is not aborted")))
        .collect();
    let sum: u64 = Promise::all(sums).wait().iter().sum();
    assert_eq!(sum, (1..=n).sum::<u64>());
}

thread_local!(static REQUEST: Cell<u64> = const { Cell::new(0) });

/// Puts the former request back.
struct Back(u64);

impl Drop for Back {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

/// The hook stays for good, and all other loads pay for it too.
pub(super) fn inherited(account: &'static Account, random: &mut Random) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        inherit(|| {
            let request = REQUEST.get();
            move || Back(REQUEST.replace(request))
        });
    });
    let request = random.below(1 << 40);
    let _back = Back(REQUEST.replace(request));
    let inherits = account.invoke(move || {
        let below: Vec<_> = (0..5).map(|_| account.invoke(|| REQUEST.get())).collect();
        below.into_iter().all(|p| p.wait() == request)
    });
    assert!(inherits.wait());
    assert_eq!(REQUEST.get(), request);
}
