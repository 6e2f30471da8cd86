//! A round: bursts of load from several threads, then a pause in which everything ends.

use std::thread;
use std::time::{Duration, Instant};

use async_mech::EventLoop;
use tests::{Random, Watchdog};

use crate::figures::threads;
use crate::{load, spans};

/// Threads that make load.
const DRIVERS: u64 = 3;
/// How long what was detached may take after a round.
const PATIENCE: Duration = Duration::from_secs(60);
/// For threads to end of which nothing is expected any more.
const PAUSE: Duration = Duration::from_millis(300);
/// How long the process must have had the same number of threads, for the last to have ended.
const STEADY: Duration = Duration::from_secs(2);

/// Makes load for that long, and returns when nothing of it is left.
///
/// # Errors
///
/// What is left after a while, or what went wrong.
pub fn round(length: Duration, random: &mut Random) -> Result<(), String> {
    let _watchdog = Watchdog::over(EventLoop::global());
    let until = Instant::now() + length;
    let drivers: Vec<_> = (0..DRIVERS)
        .map(|_| {
            let random = random.fork();
            thread::spawn(move || drive(until, random))
        })
        .collect();
    let failed = drivers.into_iter().filter_map(|driver| driver.join().err()).count();
    if failed > 0 || load::went_wrong() {
        return Err(format!("{failed} of {DRIVERS} drivers panicked, or what they invoked did"));
    }
    drain()
}

fn drive(until: Instant, mut random: Random) {
    while Instant::now() < until {
        let kind = load::any_kind(&mut random);
        (kind.run)(&kind.account, &mut random);
        if random.once_in(50) {
            thread::sleep(Duration::from_micros(random.below(20_000)));
        }
    }
}

/// Waits until nothing is left.
fn drain() -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let state = EventLoop::global().snapshot();
        let left = spans::left();
        if load::balance().is_even() && state.promises.is_empty() && left == (0, 0) {
            thread::sleep(PAUSE);
            return Ok(());
        }
        if Instant::now() > until {
            let uneven = load::kinds().filter(|kind| !kind.account.balance().is_even());
            let uneven: Vec<_> = uneven.map(|kind| (kind.name, kind.account.balance())).collect();
            return Err(format!("left: {uneven:?}, spans {left:?}, promises\n{state}"));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until idle threads have ended, which an event loop keeps for ten seconds after a burst.
///
/// # Errors
///
/// Those that have not after a while.
pub fn rest() -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    let (mut count, mut since) = (threads(), Instant::now());
    loop {
        let idle = EventLoop::global().snapshot().threads;
        if idle == 0 && since.elapsed() >= STEADY {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("{idle} threads have no end, of {count} in all"));
        }
        thread::sleep(Duration::from_millis(20));
        let now = threads();
        if now != count {
            (count, since) = (now, Instant::now());
        }
    }
}
