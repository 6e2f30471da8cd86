//! Random trees of invocations: every body runs exactly once, every awaiter gets its outcome.
//!
//! Seeded; a failure names the seed of its run. The sleeps are load and synchronise nothing.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Failure, FailureKind, Promise, invoke, promise};
use tests::{Random, Watchdog, runs, until_no_promises};

/// How many runs each of the tests below makes.
const RUNS: u64 = 250;

/// What the bodies of a run have done.
#[derive(Default)]
struct Counts {
    invoked: AtomicUsize,
    ran: AtomicUsize,
}

/// One body: what it is to do, all of it decided by the seed.
fn node(seed: u64, depth: u64, counts: Arc<Counts>) -> u64 {
    counts.ran.fetch_add(1, Ordering::Relaxed);
    let mut random = Random::new(seed);
    if random.once_in(6) {
        thread::sleep(Duration::from_micros(random.below(2_000)));
    }
    let mut shared: Option<(u64, Promise<u64>)> = None;
    let mut later = Vec::new();
    for _ in 0..random.below(5) * u64::from(depth > 0) {
        let child = random.below(1 << 40);
        counts.invoked.fetch_add(1, Ordering::Relaxed);
        let p = invoke!(node(child, depth - 1, Arc::clone(&counts)));
        match random.below(7) {
            // Never awaited.
            0 => p.detach(),
            // Awaited at once, by reference first.
            1 => {
                check(child, p.clone().outcome());
                check(child, p.outcome());
            }
            // Awaited with patience for little.
            2 => match p.wait_timeout(Duration::from_micros(random.below(300))) {
                Ok(outcome) => check(child, outcome),
                Err(timed_out) => later.push((child, timed_out.into_promise())),
            },
            // Awaited by several others, each an execution.
            3 => {
                for _ in 0..1 + random.below(3) {
                    let (q, counts) = (p.clone(), Arc::clone(&counts));
                    counts.invoked.fetch_add(1, Ordering::Relaxed);
                    invoke!(move || {
                        counts.ran.fetch_add(1, Ordering::Relaxed);
                        check(child, q.outcome());
                    })
                    .detach();
                }
                shared = Some((child, p));
            }
            // Awaited by another execution, which replies through a resolver.
            4 => {
                let (reply, resolver) = promise();
                counts.invoked.fetch_add(1, Ordering::Relaxed);
                let counts = Arc::clone(&counts);
                invoke!(move || {
                    counts.ran.fetch_add(1, Ordering::Relaxed);
                    resolver.resolve(p.outcome().is_ok());
                })
                .detach();
                assert_eq!(reply.wait(), !panics(child));
            }
            _ => later.push((child, p)),
        }
    }
    for (child, p) in later.into_iter().chain(shared) {
        check(child, p.outcome());
    }
    assert!(!panics(seed), "node {seed}");
    seed
}

/// Whether the node with that seed panics at its end.
fn panics(seed: u64) -> bool {
    seed.is_multiple_of(8)
}

fn check(child: u64, outcome: Result<u64, Failure>) {
    match outcome {
        Ok(value) => {
            assert_eq!(value, child);
            assert!(!panics(child));
        }
        Err(failure) => {
            assert_eq!(failure.kind(), FailureKind::Panicked);
            assert_eq!(failure.message(), format!("node {child}"));
        }
    }
}

fn run(event_loop: &EventLoop, seed: u64) {
    let mut random = Random::new(seed);
    let counts = Arc::new(Counts::default());
    let foreign = random.below(3);
    let root = |seed| {
        counts.invoked.fetch_add(1, Ordering::Relaxed);
        let (child, theirs) = (seed, Arc::clone(&counts));
        let p = event_loop.invoke(move || node(child, 4, theirs));
        check(seed, p.outcome());
    };
    thread::scope(|scope| {
        for _ in 0..foreign {
            let seed = random.below(1 << 40);
            scope.spawn(move || root(seed));
        }
        root(random.below(1 << 40));
    });
    // The detached ones are done when nothing is left of them.
    until_no_promises(event_loop);
    let (ran, invoked) = (&counts.ran, &counts.invoked);
    assert_eq!(ran.load(Ordering::Relaxed), invoked.load(Ordering::Relaxed), "seed {seed}");
    assert!(!WRONG.load(Ordering::Relaxed), "seed {seed}, or one beside it");
}

/// Whether something panicked that was not meant to, in an execution that nobody awaits maybe.
static WRONG: AtomicBool = AtomicBool::new(false);

/// The nodes' own panics are meant, and are many: no message. Others count.
fn watch_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let message = info.payload().downcast_ref::<String>();
            if !message.is_some_and(|message| message.starts_with("node ")) {
                WRONG.store(true, Ordering::Relaxed);
                previous(info);
            }
        }));
    });
}

fn stress(lend: bool, most: Option<usize>, first_seed: u64) {
    watch_panics();
    let mut builder = EventLoop::builder().lend_threads(lend).name("stress");
    if let Some(most) = most {
        builder = builder.max_threads(most);
    }
    let kept = builder.clone().build();
    for seed in first_seed..first_seed + runs(RUNS) {
        // Mostly on a loop that has idle threads, sometimes on a new one.
        let event_loop = if seed % 4 == 0 { builder.clone().build() } else { kept.clone() };
        let _watchdog = Watchdog::over(&event_loop);
        run(&event_loop, seed);
    }
}

#[test]
fn trees_run_once_each_with_lending() {
    stress(true, None, 1_000);
}

#[test]
fn trees_run_once_each_without_lending() {
    stress(false, None, 2_000);
}

#[test]
fn trees_run_once_each_on_one_thread_with_lending() {
    stress(true, Some(1), 3_000);
}

#[test]
fn trees_run_once_each_on_one_thread_without_lending() {
    stress(false, Some(1), 4_000);
}

#[test]
fn trees_run_once_each_on_two_threads_with_lending() {
    stress(true, Some(2), 5_000);
}

#[test]
fn trees_run_once_each_on_four_threads_without_lending() {
    stress(false, Some(4), 6_000);
}

#[test]
fn trees_run_once_each_on_one_processor() {
    if std::env::var_os("ASYNC_MECH_STRESS_ON_ONE_PROCESSOR").is_some() {
        return;
    }
    let mut command = Command::new("taskset");
    let command = command
        .args(["-c", "0"])
        .arg(std::env::current_exe().expect("this test's path"))
        .env("ASYNC_MECH_STRESS_ON_ONE_PROCESSOR", "1");
    match command.output() {
        Err(error) => eprintln!("skipped: no taskset here ({error})"),
        Ok(output) if String::from_utf8_lossy(&output.stderr).starts_with("taskset:") => {
            eprintln!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(output) => assert!(output.status.success(), "{output:?}"),
    }
}
