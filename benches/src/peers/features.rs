//! async-mech with a feature in use, beside async-mech without.

use std::cell::Cell;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use async_mech::{FailureKind, inherit, invoke, sleep};
use bench_instructions::{all_at_once, fibonacci, pings};

use super::external::{Program, run};
use super::{Ability, How, OURS, Peer};
use crate::compare::MEASURE;
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

/// `trace` is a feature of this package, handed on to async-mech.
pub(super) static OBSERVED: Peer = Peer {
    id: "observed",
    name: "async-mech, observed",
    about: "`EventLoop::subscribe`, and a thread that receives what it is told",
    how: How::Here { tables: &[&[("features", OBSERVES)]], environment: &[] },
};

pub(super) static UNTRACED: Peer = Peer {
    id: "untraced",
    name: "async-mech, built without `trace`",
    about: "compiled with `--no-default-features`",
    how: How::Elsewhere(&Program {
        workloads: &[&["features"]],
        refuses: &[],
        build: build_without_trace,
        version: || None,
    }),
};

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

#[cfg(feature = "trace")]
const OBSERVES: Ability = Ability::Does(|| {
    let events = async_mech::EventLoop::global().subscribe();
    std::thread::spawn(move || events.into_iter().for_each(drop));
    figures()
});

#[cfg(not(feature = "trace"))]
const OBSERVES: Ability = Ability::Absent;

/// This package once more, next to the other programs.
fn build_without_trace(below: &Path) -> Result<Vec<OsString>, String> {
    let target = below.join("untraced");
    let target_path = target.to_str().ok_or("the path of the target directory is not UTF-8")?;
    let build = ["cargo", "build", "--release", "--no-default-features", "--bin", "benches"];
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    run(directory, &[&build[..], &["--target-dir", target_path]].concat())?;
    Ok(vec![target.join("release/benches").into(), MEASURE.into(), OURS.into()])
}
