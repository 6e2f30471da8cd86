//! async-mech with a feature in use, beside async-mech without.

use std::cell::Cell;
use std::time::Duration;

use async_mech::{FailureKind, inherit, invoke, sleep};

use super::async_mech::{all_at_once, fibonacci, pings};
use super::{Ability, How, Peer};
use crate::work::calls::PINGS;
use crate::work::{nanos, timed};

pub(super) static CANCELLED: Peer = Peer {
    id: "cancelled",
    name: "async-mech, after a cancellation",
    about: "an invocation was cancelled earlier in the process",
    how: How::Here { tables: &[&[("features", Ability::Does(cancelled))]], environment: &[] },
};

pub(super) static INHERIT: Peer = Peer {
    id: "inherit",
    name: "async-mech, one hook",
    about: "`inherit` was called once, for a thread-local number",
    how: How::Here { tables: &[&[("features", Ability::Does(inherited))]], environment: &[] },
};

// An observer that is absent (compiled without) and one that is on (`EventLoop::subscribe`) go here
// once `async_mech::trace` has landed.

const FAN_OUT: u64 = 10_000;
const FIB: u64 = 18;
/// How many invocations fib(18) is.
const FIB_INVOCATIONS: f64 = 8_361.0;

/// ns each of ping, fan-out and fib.
pub(super) fn figures() -> Vec<f64> {
    let ping = timed(PINGS / 10, PINGS, pings).0;
    let fan_out = timed(FAN_OUT / 10, FAN_OUT, all_at_once).0;
    let fib = timed(FIB - 5, FIB, fibonacci).0;
    vec![nanos(ping) / PINGS as f64, nanos(fan_out) / FAN_OUT as f64, nanos(fib) / FIB_INVOCATIONS]
}

fn cancelled() -> Vec<f64> {
    let sleeper = invoke!(|| sleep(Duration::from_secs(3600)));
    sleeper.cancel();
    let failure = sleeper.outcome().expect_err("it was cancelled");
    assert_eq!(failure.kind(), FailureKind::Cancelled);
    figures()
}

thread_local!(static REQUEST: Cell<u64> = const { Cell::new(0) });

/// Puts the former request back.
struct Back(u64);

impl Drop for Back {
    fn drop(&mut self) {
        REQUEST.set(self.0);
    }
}

fn inherited() -> Vec<f64> {
    inherit(|| {
        let request = REQUEST.get();
        move || Back(REQUEST.replace(request))
    });
    REQUEST.set(7);
    assert_eq!(invoke!(|| REQUEST.get()).wait(), 7);
    figures()
}
