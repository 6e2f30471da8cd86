//! Jobs together: several at once, in a circle, with their caller, and in `async` code.

use std::future::Future;
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use super::{Job, gated, here, pool, two_workers, watched};
use async_mech::{FailureKind, Promise, invoke, map_bounded, promise, scope};
use rayon::prelude::*;
use tests::Peak;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

mod all_and_the_first_of_many {
    use super::*;

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        assert_eq!(Promise::all((0..3).map(|n| invoke!(move || n))).wait(), [0, 1, 2]);
        let ((body, go, begins), (done, dones)) = (gated(), channel());
        let slow = invoke!(move || {
            let n = body();
            done.send(n).unwrap();
            n
        });
        begins.recv().unwrap();
        assert_eq!(Promise::race([slow, invoke!(|| 1)]).wait(), 1);
        go.send(2).unwrap();
        assert_eq!(dones.recv(), Ok(2), "the other runs on");
    }

    #[test]
    fn std_thread() {
        let jobs = [0, 1, 2].map(|n| thread::spawn(move || n));
        assert_eq!(jobs.map(|job| job.join().unwrap()), [0, 1, 2]);
        let ((slow, go, begins), (first, firsts)) = (gated(), channel());
        let other = first.clone();
        thread::spawn(move || other.send(slow()).unwrap());
        begins.recv().unwrap();
        thread::spawn(move || first.send(1).unwrap());
        assert_eq!(firsts.recv(), Ok(1));
        go.send(2).unwrap();
        assert_eq!(firsts.recv(), Ok(2), "the other runs on");
    }

    #[test]
    fn rayon() {
        let all: Vec<_> = (0..1_000).into_par_iter().map(|n| n * n).collect();
        assert!(all.into_iter().eq((0..1_000).map(|n| n * n)));
        assert_eq!((0..1_000).into_par_iter().find_any(|&n| n == 500), Some(500));
    }

    #[test]
    fn tokio() {
        here().block_on(async {
            let task = |n: u32| tokio::spawn(async move { n });
            assert_eq!(tokio::try_join!(task(0), task(1)).unwrap(), (0, 1));
            let (held, mut holds) = oneshot::channel::<()>();
            let slow = async move {
                let _dropped_with_the_future = held;
                std::future::pending().await
            };
            let first = tokio::select! { n = slow => n, n = task(1) => n.unwrap() };
            assert_eq!(first, 1);
            assert_eq!(holds.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        });
    }
}

mod at_most_n_at_a_time {
    use super::*;

    const N: usize = 2;

    /// Something to do that counts itself, and waits until `N` do it.
    fn counted() -> (impl Fn() + Clone + Send + Sync + 'static, Peak) {
        let (peak, together) = (Peak::default(), Arc::new(Barrier::new(N)));
        let counts = peak.clone();
        let body = move || {
            let _inside = counts.enter();
            together.wait();
        };
        (body, peak)
    }

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let (body, peak) = counted();
        assert_eq!(map_bounded(0..20, N, move |_| body()).filter(Result::is_ok).count(), 20);
        assert_eq!(peak.most(), N);
    }

    #[test]
    fn std_thread() {
        let (body, peak) = counted();
        let (enter, leave) = sync_channel(N);
        let leave = Arc::new(Mutex::new(leave));
        let jobs = (0..20).map(|_| {
            let (body, enter, leave) = (body.clone(), enter.clone(), Arc::clone(&leave));
            thread::spawn(move || {
                enter.send(()).unwrap();
                body();
                leave.lock().unwrap().recv().unwrap();
            })
        });
        jobs.collect::<Vec<_>>().into_iter().for_each(|job| job.join().unwrap());
        assert_eq!(peak.most(), N);
    }

    #[test]
    fn rayon() {
        let (body, peak) = counted();
        pool(N).scope(|s| (0..20).for_each(|_| s.spawn(|_| body())));
        assert_eq!(peak.most(), N);
    }

    #[test]
    fn tokio() {
        here().block_on(async {
            let places = Arc::new(tokio::sync::Semaphore::new(N));
            let together = Arc::new(tokio::sync::Barrier::new(N));
            let peak = Peak::default();
            let tasks = (0..20).map(|_| {
                let (places, together) = (Arc::clone(&places), Arc::clone(&together));
                let peak = peak.clone();
                tokio::spawn(async move {
                    let _place = places.acquire().await.unwrap();
                    let _inside = peak.enter();
                    together.wait().await;
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            assert_eq!(peak.most(), N);
        });
    }
}

mod borrowing_the_callers_stack {
    use super::*;

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let mut halves = [1, 2];
        scope(|s| halves.each_mut().map(|n| invoke!(s => || *n *= 10)).map(Promise::wait));
        assert_eq!(halves, [10, 20]);
        let [mut a, mut b] = [1, 2];
        async_mech::join(|| a *= 10, || b *= 10);
        assert_eq!([a, b], [10, 20]);
    }

    #[test]
    fn std_thread() {
        let mut halves = [1, 2];
        thread::scope(|s| halves.each_mut().map(|n| s.spawn(|| *n *= 10)).map(drop));
        assert_eq!(halves, [10, 20]);
    }

    #[test]
    fn rayon() {
        let [mut a, mut b] = [1, 2];
        rayon::join(|| a *= 10, || b *= 10);
        assert_eq!([a, b], [10, 20]);
    }

    #[test]
    fn tokio() {
        let [mut a, mut b] = [1, 2];
        here().block_on(async { tokio::join!(async { a *= 10 }, async { b *= 10 }) });
        assert_eq!([a, b], [10, 20]);
    }
}

mod a_circle_of_waits {
    use super::*;

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let ((p, gives_p), (q, gives_q)) = (promise::<Promise<u32>>(), promise::<Promise<u32>>());
        let order = invoke!(move || p.wait().wait());
        let invoice = invoke!(move || q.wait().wait());
        gives_q.resolve(order.clone());
        gives_p.resolve(invoice.clone());
        for p in [order, invoice] {
            let id = p.id();
            let failure = p.outcome().unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Deadlock);
            assert!(failure.origin().message().contains(&format!("{id} ")), "{failure}");
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn std_thread_that_joins_itself() {
        let ((send, handle), (ended, ends)) = (channel(), channel());
        let itself = thread::spawn(move || {
            let handle: thread::JoinHandle<()> = handle.recv().unwrap();
            let joined = catch_unwind(std::panic::AssertUnwindSafe(|| handle.join()));
            ended.send(joined.is_err()).unwrap();
        });
        send.send(itself).unwrap();
        assert_eq!(ends.recv(), Ok(true));
    }

    #[test]
    fn std_thread() {
        // Each waits for what the next one ends with. Only somebody else can end that.
        let (ends, waits): (Vec<_>, Vec<_>) = (0..3).map(|_| channel()).unzip();
        let (somebody_else, (ended, order)) = (ends[0].clone(), channel());
        let next = ends.into_iter().cycle().skip(1).take(3);
        let told = ended.clone();
        for (wait, end) in waits.into_iter().zip(next.collect::<Vec<_>>()) {
            let ended = ended.clone();
            thread::spawn(move || {
                let n: u32 = wait.recv().unwrap();
                ended.send(n).unwrap();
                let _ = end.send(n + 1);
            });
        }
        told.send(0).unwrap();
        somebody_else.send(1).unwrap();
        drop((somebody_else, told, ended));
        assert_eq!(order.iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }

    #[test]
    fn rayon() {
        // One that waits for another, which waits for its thread. Only somebody else can end that.
        let ((answer, answers), (got, gets)) = (channel(), channel());
        let (pool, behind) = (pool(1), answer.clone());
        pool.spawn(move || {
            rayon::spawn(move || _ = behind.send("the job behind it"));
            got.send(answers.recv().unwrap()).unwrap();
        });
        answer.send("somebody else").unwrap();
        assert_eq!(gets.recv(), Ok("somebody else"));
    }

    #[test]
    fn tokio() {
        here().block_on(async {
            let joins = |given: oneshot::Receiver<JoinHandle<()>>| {
                tokio::spawn(async move { drop(given.await.unwrap().await) })
            };
            let ((to_first, given), (to_second, other)) = (oneshot::channel(), oneshot::channel());
            let (first, second) = (joins(given), joins(other));
            let handles = [first.abort_handle(), second.abort_handle()];
            to_first.send(second).unwrap();
            to_second.send(first).unwrap();
            // On this thread only: after these, nothing is left that could run.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(!handles.iter().any(|handle| handle.is_finished()));
            handles[0].abort();
            while !handles[1].is_finished() {
                tokio::task::yield_now().await;
            }
        });
    }
}

mod awaited_in_async_code {
    use super::*;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// The job sends its value to a future.
    fn by_a_channel(spawn: impl FnOnce(Job)) {
        let ((body, go, _begins), (send, value)) = (gated(), oneshot::channel());
        spawn(Box::new(move || send.send(body()).unwrap()));
        let mut value = pin!(value);
        assert!(poll(value.as_mut()).is_pending());
        go.send(7).unwrap();
        assert_eq!(pollster::block_on(value), Ok(7));
    }

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let (body, go, _begins) = gated();
        let mut value = pin!(IntoFuture::into_future(invoke!(move || body())));
        assert!(poll(value.as_mut()).is_pending());
        go.send(7).unwrap();
        assert_eq!(pollster::block_on(value), 7);
        assert_eq!(smol::block_on(async { invoke!(|| 8).await }), 8);
        assert_eq!(here().block_on(async { invoke!(|| 9).await }), 9);
    }

    #[test]
    fn std_thread() {
        by_a_channel(|job| drop(thread::spawn(job)));
    }

    #[test]
    fn rayon() {
        by_a_channel(rayon::spawn);
    }

    #[test]
    fn tokio() {
        let nowhere = catch_unwind(|| tokio::spawn(async { 1 }));
        let message = nowhere.unwrap_err().downcast::<String>();
        assert!(message.unwrap().contains("no reactor running"));
        let runtime = two_workers();
        assert_eq!(pollster::block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }
}
