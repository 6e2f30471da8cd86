//! Rayon and async-mech in each other: data parallelism in invocations, invocations in a pool.
//!
//! One rule is the programmer's: what a pool's thread awaits must not need that very pool, since
//! the thread is not the pool's meanwhile. So each level here has a pool of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_mech::{EventLoop, Failure, invoke, promise};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tests::Watchdog;

/// Runs the test with pools of one and of two threads, and with several loops.
fn everywhere(test: impl Fn(&EventLoop, &Arc<ThreadPool>)) {
    let builders = [
        EventLoop::builder(),
        EventLoop::builder().lend_threads(false),
        // A body that waits for a pool keeps its place. The pool's threads, which await what is
        // queued, are lent to it.
        EventLoop::builder().max_threads(1),
        EventLoop::builder().max_threads(2),
    ];
    for builder in builders {
        let event_loop = builder.build();
        let _watchdog = Watchdog::over(&event_loop);
        for threads in [1, 2] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            test(&event_loop, &Arc::new(pool));
        }
    }
}

fn sum_of_squares(n: u64) -> u64 {
    (0..n).map(|n| n * n).sum()
}

/// In the current pool.
fn in_parallel(n: u64) -> u64 {
    (0..n).into_par_iter().map(|n| n * n).sum()
}

/// In the current pool, an invocation for each.
fn invoked_in_parallel(event_loop: &EventLoop, n: u64) -> u64 {
    (0..n).into_par_iter().map(|n| event_loop.invoke(move || n * n).wait()).sum()
}

#[test]
fn an_invocation_computes_in_parallel() {
    everywhere(|event_loop, pool| {
        let pool = Arc::clone(pool);
        let p = event_loop.invoke(move || pool.install(|| in_parallel(10_000)));
        assert_eq!(p.wait(), sum_of_squares(10_000));
    });
}

#[test]
fn an_invocation_computes_in_the_global_pool() {
    let _watchdog = Watchdog::over(EventLoop::global());
    let jobs: Vec<_> = (0..20).map(|n| invoke!(move || in_parallel(n))).collect();
    for (n, job) in (0..20).zip(jobs) {
        assert_eq!(job.wait(), sum_of_squares(n));
    }
}

#[test]
fn many_invocations_share_one_pool() {
    everywhere(|event_loop, pool| {
        let jobs: Vec<_> = (0..50)
            .map(|n| {
                let pool = Arc::clone(pool);
                event_loop.invoke(move || pool.install(|| in_parallel(n)))
            })
            .collect();
        for (n, job) in (0..50).zip(jobs) {
            assert_eq!(job.wait(), sum_of_squares(n));
        }
    });
}

#[test]
fn a_pool_invokes_and_awaits() {
    everywhere(|event_loop, pool| {
        let sum = pool.install(|| invoked_in_parallel(event_loop, 500));
        assert_eq!(sum, sum_of_squares(500));
    });
}

#[test]
fn a_pool_awaits_what_was_invoked_elsewhere() {
    everywhere(|event_loop, pool| {
        let jobs: Vec<_> = (0..500).map(|n| event_loop.invoke(move || n * n)).collect();
        let sum: u64 = pool.install(|| jobs.into_par_iter().map(|job| job.wait()).sum());
        assert_eq!(sum, sum_of_squares(500));
    });
}

#[test]
fn a_pool_resolves_what_invocations_await() {
    everywhere(|event_loop, pool| {
        let (jobs, resolvers): (Vec<_>, Vec<_>) = (0..50_u64)
            .map(|n| {
                let (p, resolver) = promise();
                (event_loop.invoke(move || p.wait() * n), resolver)
            })
            .unzip();
        pool.install(|| {
            let resolvers = resolvers.into_par_iter().enumerate();
            resolvers.for_each(|(n, resolver)| resolver.resolve(n as u64));
        });
        assert_eq!(jobs.into_iter().map(|job| job.wait()).sum::<u64>(), sum_of_squares(50));
    });
}

#[test]
fn invocations_in_a_pool_in_an_invocation() {
    everywhere(|event_loop, pool| {
        let (event_loop, pool) = (event_loop.clone(), Arc::clone(pool));
        let p = event_loop.clone().invoke(move || {
            let inside = event_loop.clone();
            let invoked = pool.install(|| invoked_in_parallel(&inside, 100));
            invoked + event_loop.invoke(|| 1).wait()
        });
        assert_eq!(p.wait(), sum_of_squares(100) + 1);
    });
}

#[test]
fn a_pool_in_an_invocation_in_a_pool() {
    everywhere(|event_loop, outer| {
        for threads in [1, 2] {
            let inner = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let inner = Arc::new(inner);
            let sum: u64 = outer.install(|| {
                (0..50_u64)
                    .into_par_iter()
                    .map(|n| {
                        let inner = Arc::clone(&inner);
                        event_loop.invoke(move || inner.install(|| in_parallel(n))).wait()
                    })
                    .sum()
            });
            assert_eq!(sum, (0..50).map(sum_of_squares).sum::<u64>());
        }
    });
}

#[test]
fn a_failure_unwinds_through_a_pool() {
    everywhere(|event_loop, pool| {
        let payload = catch_unwind(AssertUnwindSafe(|| {
            pool.install(|| {
                (0..100).into_par_iter().for_each(|n| {
                    event_loop.invoke(move || assert_ne!(n, 50, "the one")).wait();
                });
            });
        }))
        .unwrap_err();
        let failure = payload.downcast::<Failure>().expect("a failure");
        assert!(failure.message().contains("the one"));
    });
}
