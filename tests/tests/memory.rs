//! What a million promises leave behind. Alone in its file: it looks at the whole process.

use async_mech::{EventLoop, invoke, promise};
use tests::until_no_promises;

/// Resident memory of this process in bytes, without what malloc has but nobody uses: of a burst it
/// keeps what lies below the last thing in use. `None` where there is no `/proc`.
fn resident() -> Option<usize> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code, reason = "malloc is not asked otherwise")]
    unsafe {
        libc::malloc_trim(0);
    }
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// `n` promises of each kind of end, none kept.
fn make(n: usize) {
    for k in 0..n / 10 {
        // Awaited, and lent a thread or not.
        assert_eq!(invoke!(move || k).wait(), k);
        assert_eq!(invoke!(move || vec![k; 10]).wait().len(), 10);
        // Detached.
        invoke!(move || k).detach();
        // Several at once, and cloned.
        let promises: Vec<_> = (0..5).map(|m| invoke!(move || k + m)).collect();
        for p in promises {
            let q = p.clone();
            assert_eq!(p.wait(), q.wait());
        }
        // Without a function, resolved and abandoned.
        let (p, resolver) = promise();
        resolver.resolve(k);
        drop(p);
        let (p, resolver) = promise::<u32>();
        drop(resolver);
        assert!(p.outcome().is_err());
    }
    until_no_promises(EventLoop::global());
}

#[test]
fn a_million_promises_leave_less_than_10_mib() {
    make(100_000);
    let Some(before) = resident() else {
        eprintln!("skipped: no /proc/self/statm here");
        return;
    };
    make(1_000_000);
    let after = resident().expect("it was there before");
    let more = after.saturating_sub(before);
    assert!(more < 10 << 20, "{} KiB more", more >> 10);
}
