//! Signals whose handler makes every wait of a thread end early, at any time.
#![expect(unsafe_code, reason = "there is no other way to handle a signal")]

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, block_on, invoke, promise, scope};
use tests::until_no_promises;

static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Without `SA_RESTART`, so that what the signal interrupts ends with `EINTR`.
fn handle_usr1() {
    // SAFETY: the structure is plain data, and the handler only counts.
    let is_set = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as *const () as libc::sighandler_t;
        libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(is_set, 0);
}

/// Interrupts every thread of this process but the calling one.
fn interrupt_all() {
    // SAFETY: these system calls touch no memory.
    let me = unsafe { libc::syscall(libc::SYS_gettid) };
    let process = std::process::id();
    let threads = fs::read_dir("/proc/self/task").expect("the threads").flatten();
    for thread in threads {
        let id: libc::c_long = thread.file_name().to_str().expect("digits").parse().expect("an id");
        if id != me {
            // SAFETY: as above; the thread may be gone, which is an error like any other.
            unsafe { libc::syscall(libc::SYS_tgkill, process, id, libc::SIGUSR1) };
        }
    }
}

/// Every way to wait, with values that are known.
fn waits(n: usize) {
    let (p, resolver) = promise();
    let waiting = p.clone();
    let timed = p.clone();
    let a = invoke!(move || waiting.wait());
    let b = invoke!(move || {
        let hour = Duration::from_secs(3600);
        timed.wait_timeout(hour).expect("in time").expect("a value")
    });
    let c = invoke!(block_on(p));
    // Somewhere else, when they may have parked.
    invoke!(move || {
        async_mech::sleep(Duration::from_micros(200));
        resolver.resolve(n);
    })
    .detach();
    assert_eq!(async_mech::wait((a, b, c)), (n, n, n));
    let sum = scope(|s| {
        let parts: Vec<_> = (0..3).map(|m| s.invoke(move || n + m)).collect();
        parts.into_iter().map(Promise::wait).sum::<usize>()
    });
    assert_eq!(sum, 3 * n + 3);
    // Not before its time is up.
    let before = std::time::Instant::now();
    async_mech::sleep(Duration::from_micros(500));
    assert!(before.elapsed() >= Duration::from_micros(500));
}

/// The waits, so many times, under fire from before the first to after the last.
pub(crate) fn signals(times: usize) {
    static OVER: AtomicBool = AtomicBool::new(false);
    handle_usr1();
    let (begun, begins) = channel();
    let interrupter = thread::spawn(move || {
        while !OVER.load(Ordering::Relaxed) {
            interrupt_all();
            let _ = begun.send(());
        }
    });
    begins.recv().expect("it has begun");
    for lend in [true, false] {
        for most in [1, 2, 100] {
            let event_loop = EventLoop::builder().max_threads(most).lend_threads(lend).build();
            event_loop.run(|| {
                for n in 0..times {
                    invoke!(waits(n)).wait();
                    waits(n);
                }
            });
            until_no_promises(&event_loop);
        }
    }
    OVER.store(true, Ordering::Relaxed);
    interrupter.join().expect("it only sends signals");
    assert!(HANDLED.load(Ordering::Relaxed) > 0);
}
