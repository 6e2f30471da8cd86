//! A start of a thread that the system refuses once.
#![expect(unsafe_code, reason = "there is no other way to set a limit of one's own")]

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use async_mech::{EventLoop, join};

const STACK: u64 = 256 << 20;

/// How much address space the process has taken, in bytes.
fn in_use() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("its size");
    1024 * line.split_whitespace().next().and_then(|it| it.parse::<u64>().ok()).expect("in KiB")
}

/// From now on the process may take so much.
fn limit(bytes: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both are given a limit that is there.
    let is_set = unsafe {
        libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) == 0 && {
            limit.rlim_cur = bytes.min(limit.rlim_max);
            libc::setrlimit(libc::RLIMIT_AS, &raw const limit) == 0
        }
    };
    assert!(is_set, "the limit can be set");
}

/// Inside the first half of a join whose thread was refused, others can be had again: who joins there
/// finds one, which takes what has been offered for longest.
pub(crate) fn a_join_goes_on() {
    let event_loop = EventLoop::builder().stack_size(STACK as usize).build();
    let taken = AtomicBool::new(false);
    limit(in_use() + STACK / 4);
    let first = || {
        limit(u64::MAX);
        while !taken.load(Ordering::SeqCst) {
            join(|| (), || ());
        }
    };
    event_loop.run(|| join(first, || taken.store(true, Ordering::SeqCst)));
}
