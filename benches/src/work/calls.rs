//! Ping and fan-out.

use std::time::Duration;

use super::{Invoke, compute, micros, millis, sum_below, timed, trivial};

pub(crate) const PINGS: u64 = 20_000;
pub(crate) const BUSY_PINGS: u64 = 2_000;
pub(crate) const BUSY: u64 = 10_000;
/// How long caller and callee compute in `ping-busy`.
pub(crate) const PING_BODY: Duration = Duration::from_micros(20);
/// How long each callee computes in `fan-out-busy`.
pub(crate) const FAN_OUT_BODY: Duration = Duration::from_micros(10);

pub(crate) fn ping<P: Invoke>() -> Vec<f64> {
    P::prepare(1);
    P::within(|| vec![millis(timed(PINGS / 10, PINGS, pings::<P>).0)])
}

fn pings<P: Invoke>(count: u64) {
    for n in 0..count {
        assert_eq!(P::wait(P::invoke(move || trivial(n))), n);
    }
}

pub(crate) fn ping_busy<P: Invoke>() -> Vec<f64> {
    P::prepare(1);
    P::within(|| {
        let time = timed(BUSY_PINGS / 10, BUSY_PINGS, busy_pings::<P>).0;
        vec![micros(time) / BUSY_PINGS as f64]
    })
}

fn busy_pings<P: Invoke>(count: u64) {
    for n in 0..count {
        let promise = P::invoke(move || {
            compute(PING_BODY);
            n
        });
        compute(PING_BODY);
        assert_eq!(P::wait(promise), n);
    }
}

pub(crate) fn fan_out<P: Invoke, const COUNT: u64>() -> Vec<f64> {
    P::prepare(1);
    P::within(|| vec![millis(timed(COUNT / 10, COUNT, all_at_once::<P>).0)])
}

fn all_at_once<P: Invoke>(count: u64) {
    let promises: Vec<_> = (0..count).map(|n| P::invoke(move || trivial(n))).collect();
    let sum: u64 = promises.into_iter().map(P::wait).sum();
    assert_eq!(sum, sum_below(count));
}

pub(crate) fn fan_out_busy<P: Invoke>() -> Vec<f64> {
    P::prepare(1);
    P::within(|| vec![millis(timed(BUSY / 10, BUSY, all_busy::<P>).0)])
}

fn all_busy<P: Invoke>(count: u64) {
    let body = |n| {
        move || {
            compute(FAN_OUT_BODY);
            n
        }
    };
    let promises: Vec<_> = (0..count).map(|n| P::invoke(body(n))).collect();
    let sum: u64 = promises.into_iter().map(P::wait).sum();
    assert_eq!(sum, sum_below(count));
}
