//! What it takes to start a job, and to wait in one.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex, TryLockError};
use std::thread::{self, ThreadId};

use super::{Job, here, pool, two_workers, watched};
use async_mech::{EventLoop, Promise, invoke, promise};
use tests::Watchdog;

mod waiting_needs_async {
    use super::*;

    // Each calls a function that waits: as an ordinary function, and as a job.

    #[test]
    fn async_mech() {
        fn doubled(n: u32) -> u32 {
            invoke!(move || n * 2).wait()
        }
        let _watchdog = watched();
        assert_eq!((doubled(2), invoke!(doubled(2)).wait()), (4, 4));
    }

    #[test]
    fn std_thread() {
        fn doubled(n: u32) -> u32 {
            thread::spawn(move || n * 2).join().unwrap()
        }
        assert_eq!((doubled(2), thread::spawn(|| doubled(2)).join().unwrap()), (4, 4));
    }

    #[test]
    fn rayon() {
        fn doubled(n: u32) -> u32 {
            rayon::join(|| n, || n).0 * 2
        }
        assert_eq!((doubled(2), pool(1).install(|| doubled(2))), (4, 4));
    }

    #[test]
    fn tokio() {
        fn doubled(n: u32) -> u32 {
            let runtime = tokio::runtime::Handle::current();
            runtime.block_on(runtime.spawn(async move { n * 2 })).unwrap()
        }
        let _watchdog = watched();
        let runtime = two_workers();
        let called = runtime.spawn_blocking(|| doubled(2));
        assert_eq!(runtime.block_on(called).unwrap(), 4);
        let error = runtime.block_on(runtime.spawn(async { doubled(2) })).unwrap_err();
        let message = error.into_panic().downcast::<&str>().expect("a message");
        assert!(message.starts_with("Cannot start a runtime from within a runtime"), "{message}");
    }
}

/// Starts `n` jobs that block, one after another. Gives the threads on which they do, and what ends
/// them.
fn block(n: usize, spawn: &dyn Fn(Job)) -> (HashSet<ThreadId>, Vec<Sender<()>>) {
    let blocked = (0..n).map(|_| {
        let ((begun, begins), (end, ends)) = (channel(), channel::<()>());
        spawn(Box::new(move || {
            begun.send(thread::current().id()).unwrap();
            let _ = ends.recv();
        }));
        (begins.recv().expect("it begins"), end)
    });
    blocked.unzip()
}

mod a_waiting_job_holds {
    use super::*;

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let (threads, _ends) = block(100, &|job| invoke!(move || job()).detach());
        assert_eq!(threads.len(), 100);
    }

    #[test]
    fn async_mech_then() {
        let event_loop = EventLoop::builder().max_threads(4).build();
        let _watchdog = Watchdog::over(&event_loop);
        let (p, resolver) = event_loop.run(promise::<u64>);
        let sums = Promise::all((0..100_000).map(|n| p.clone().then(move |one| one + n)));
        assert_eq!((event_loop.snapshot().threads, sums.is_completed()), (0, false));
        resolver.resolve(1);
        assert_eq!(sums.wait().into_iter().sum::<u64>(), 100_000 * 100_001 / 2);
    }

    #[test]
    fn std_thread() {
        let (threads, _ends) = block(100, &|job| drop(thread::spawn(job)));
        assert_eq!(threads.len(), 100);
    }

    #[test]
    fn rayon() {
        let pool = pool(2);
        let (threads, ends) = block(2, &|job| pool.spawn(job));
        drop(ends);
        let all = pool.broadcast(|_| thread::current().id());
        assert_eq!(threads, HashSet::from_iter(all));
    }

    #[test]
    fn tokio() {
        let _watchdog = watched();
        here().block_on(async {
            let never = Arc::new(tokio::sync::Semaphore::new(0));
            let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
            let tasks = (0..100_000).map(|_| {
                let (never, begun) = (Arc::clone(&never), begun.clone());
                tokio::spawn(async move {
                    begun.send(thread::current().id()).unwrap();
                    never.acquire().await.unwrap_err();
                })
            });
            let tasks: Vec<_> = tasks.collect();
            for _ in &tasks {
                assert_eq!(begins.recv().await, Some(thread::current().id()));
            }
            assert!(!tasks.iter().any(|task| task.is_finished()));
            never.close();
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
}

mod a_blocked_job_keeps_others_from_starting {
    use super::*;

    /// One more job runs while `n` are blocked.
    fn one_more_starts_beside(n: usize, spawn: &dyn Fn(Job)) {
        let (threads, _ends) = block(n, spawn);
        let (ran, runs) = channel();
        spawn(Box::new(move || ran.send(thread::current().id()).unwrap()));
        let thread = runs.recv().expect("it runs");
        assert_eq!((threads.len(), threads.contains(&thread)), (n, false));
    }

    /// One more job runs when `n` are no longer blocked, on one of their threads.
    fn one_more_starts_after(n: usize, spawn: &dyn Fn(Job)) {
        let (threads, ends) = block(n, spawn);
        let (log, logged) = channel();
        let more = log.clone();
        spawn(Box::new(move || more.send(Some(thread::current().id())).unwrap()));
        log.send(None).unwrap();
        drop(ends);
        let [None, Some(thread)] = [logged.recv().unwrap(), logged.recv().unwrap()] else {
            panic!("it ran while they were blocked")
        };
        assert_eq!((threads.len(), threads.contains(&thread)), (n, true));
    }

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        one_more_starts_beside(100, &|job| invoke!(move || job()).detach());
    }

    #[test]
    fn async_mech_at_the_ceiling() {
        let event_loop = EventLoop::builder().max_threads(2).build();
        one_more_starts_after(2, &|job| event_loop.invoke(job).detach());
    }

    #[test]
    fn std_thread() {
        one_more_starts_beside(100, &|job| drop(thread::spawn(job)));
    }

    #[test]
    fn rayon() {
        let pool = pool(2);
        one_more_starts_after(2, &|job| pool.spawn(job));
    }

    #[test]
    fn tokio() {
        let runtime = two_workers();
        one_more_starts_after(2, &|job| drop(runtime.spawn(async { job() })));
    }

    #[test]
    fn tokio_spawn_blocking() {
        let runtime = two_workers();
        one_more_starts_beside(1, &|job| drop(runtime.spawn_blocking(job)));
        one_more_starts_after(2, &|job| drop(runtime.spawn_blocking(job)));
    }
}

mod meanwhile_its_thread_runs {
    use super::*;

    type Log = (Sender<&'static str>, Receiver<&'static str>);

    #[test]
    fn async_mech() {
        let event_loop = EventLoop::builder().max_threads(1).build();
        let ((log, logged), within): (Log, _) = (channel(), event_loop.clone());
        let ((other, inner), (begun, begins)) = ((log.clone(), log.clone()), channel());
        let _watchdog = Watchdog::over(&event_loop);
        let awaiter = event_loop.invoke(move || {
            begun.send(()).unwrap();
            let other = within.invoke(move || other.send("other").unwrap());
            let callee = within.invoke(move || {
                inner.send("callee").unwrap();
                thread::current().id()
            });
            assert_eq!(callee.wait(), thread::current().id());
            log.send("awaiter").unwrap();
            other
        });
        // It has the loop's thread, not this one.
        begins.recv().unwrap();
        awaiter.wait().wait();
        assert_eq!(logged.iter().collect::<Vec<_>>(), ["callee", "awaiter", "other"]);
    }

    #[test]
    fn std_thread() {
        // It waits for a job that waits for another one: each has its own thread.
        let barrier = Arc::new(Barrier::new(2));
        let other = thread::spawn({
            let barrier = Arc::clone(&barrier);
            move || (barrier.wait(), thread::current().id()).1
        });
        let callee = thread::spawn(move || (barrier.wait(), thread::current().id()).1);
        let threads = [callee.join().unwrap(), other.join().unwrap(), thread::current().id()];
        assert_eq!(HashSet::from(threads).len(), 3);
    }

    #[test]
    fn rayon() {
        let (stolen, steals) = channel();
        let ((ran, runs), lock) = (channel(), Arc::new(Mutex::new(())));
        pool(2).install(|| {
            let me = thread::current().id();
            let _held = lock.lock().unwrap();
            let begins_other = || {
                let (lock, ran) = (Arc::clone(&lock), ran.clone());
                // The other thread has taken the callee: that job is for the one that joins.
                steals.into_iter().next().unwrap();
                rayon::spawn(move || {
                    // With `lock` it would wait for ever, for the function below it on the stack.
                    let locked = matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
                    ran.send((thread::current().id(), locked)).unwrap();
                });
            };
            let callee = move || {
                stolen.send(()).unwrap();
                runs.recv().unwrap()
            };
            assert_eq!(rayon::join(begins_other, callee).1, (me, true));
        });
    }

    #[test]
    fn tokio() {
        let ((log, logged), runtime): (Log, _) = (channel(), here());
        let (send, callee) = tokio::sync::oneshot::channel();
        let (other, me) = (log.clone(), thread::current().id());
        runtime.spawn(async move {
            assert_eq!(thread::current().id(), me);
            other.send("other").unwrap();
            send.send(()).unwrap();
        });
        runtime.block_on(async move {
            callee.await.unwrap();
            log.send("awaiter").unwrap();
        });
        assert_eq!(logged.iter().collect::<Vec<_>>(), ["other", "awaiter"]);
    }
}
