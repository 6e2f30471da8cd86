//! How a job ends, and how one learns of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::{env, thread};

use super::{Job, SOON, dies, gated, here, pool, two_workers, watched};
use async_mech::{Cancellation, Failure, FailureKind, invoke, promise};

mod a_dropped_handle {
    use super::*;

    /// The job runs on after its handle is dropped, by `spawn`.
    fn runs_on(spawn: impl FnOnce(Job)) {
        let ((body, go, begins), (done, dones)) = (gated(), channel());
        spawn(Box::new(move || done.send(body()).unwrap()));
        begins.recv().unwrap();
        go.send(7).unwrap();
        assert_eq!(dones.recv(), Ok(7));
    }

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        runs_on(|job| drop(invoke!(move || job())));
    }

    #[test]
    fn std_thread() {
        runs_on(|job| drop(thread::spawn(job)));
    }

    #[test]
    fn rayon() {
        runs_on(|job| {
            let () = rayon::spawn(job);
        });
    }

    #[test]
    fn tokio() {
        let runtime = two_workers();
        runs_on(|job| drop(runtime.spawn(async { job() })));
    }

    #[test]
    fn tokio_future() {
        let (mut tells, told) = channel::<()>();
        drop(async move {
            let _dropped_with_the_future = &mut tells;
        });
        told.recv().unwrap_err();
    }
}

mod a_panic_reaches_the_awaiter {
    use super::*;

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let middle = invoke!(|| invoke!(dies()).wait() + 1);
        let failure = middle.outcome().unwrap_err();
        assert_eq!((failure.kind(), failure.message()), (FailureKind::Panicked, "oops"));
        assert_eq!((failure.origin().name(), failure.origin().file()), ("dies", file!()));
        let unwinds = catch_unwind(|| invoke!(dies()).wait()).unwrap_err();
        assert_eq!(unwinds.downcast::<Failure>().unwrap().message(), "oops");
    }

    #[test]
    fn std_thread() {
        let payload = thread::spawn(dies).join().unwrap_err();
        assert_eq!(*payload.downcast::<&str>().unwrap(), "oops");
    }

    #[test]
    fn rayon() {
        let payload = catch_unwind(|| rayon::join(|| 1, dies)).unwrap_err();
        assert_eq!(*payload.downcast::<&str>().unwrap(), "oops");
    }

    /// Runs itself again, in a process that is to end.
    #[test]
    fn rayon_spawn() {
        const CHILD: &str = "COMPARISON_RAYON_SPAWN";
        if env::var_os(CHILD).is_some() {
            rayon::spawn(|| _ = dies());
            loop {
                thread::park();
            }
        }
        let mut child = Command::new(env::current_exe().expect("a program"));
        child.args(["--exact", "ending::a_panic_reaches_the_awaiter::rayon_spawn", "--nocapture"]);
        let output = child.env(CHILD, "1").output().expect("it runs");
        assert!(!output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("aborting"), "{output:?}");
    }

    #[test]
    fn tokio() {
        let runtime = here();
        let error = runtime.block_on(runtime.spawn(async { dies() })).unwrap_err();
        assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "oops");
    }
}

mod awaited_twice_or_by_many {
    use super::*;

    /// Whether a type is not `Clone`: if it is, `of` is ambiguous and does not compile.
    trait NotClone<A> {
        fn of() -> bool {
            true
        }
    }
    impl<T> NotClone<()> for T {}
    impl<T: Clone> NotClone<u8> for T {}

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let p = invoke!(|| String::from("for all"));
        let others: [_; 3] = std::array::from_fn(|_| {
            let p = p.clone();
            thread::spawn(move || p.wait())
        });
        assert!(others.into_iter().all(|other| other.join().unwrap() == "for all"));
        assert_eq!((p.clone().wait(), p.wait()), ("for all".into(), "for all".into()));
    }

    #[test]
    fn std_thread() {
        let join: fn(thread::JoinHandle<u32>) -> thread::Result<u32> = thread::JoinHandle::join;
        assert_eq!(join(thread::spawn(|| 1)).unwrap(), 1);
        assert!(<thread::JoinHandle<u32> as NotClone<_>>::of());
    }

    #[test]
    fn rayon() {
        // There is nothing to await: the values are there.
        let values: (u32, u32) = rayon::join(|| 1, || 2);
        assert_eq!(values, (1, 2));
    }

    #[test]
    fn tokio() {
        assert!(<tokio::task::JoinHandle<u32> as NotClone<_>>::of());
        let runtime = here();
        let mut task = runtime.spawn(async { 1 });
        assert_eq!(runtime.block_on(&mut task).unwrap(), 1);
        let again = catch_unwind(AssertUnwindSafe(|| runtime.block_on(&mut task)));
        let message = again.unwrap_err().downcast::<&str>().expect("a message");
        assert_eq!(*message, "JoinHandle polled after completion");
    }
}

mod cancelling_a_running_job {
    use super::*;

    /// All that there is: the job looks at a flag.
    fn by_a_flag(spawn: impl FnOnce(Job)) {
        let (stop, (ended, ends)) = (Arc::new(AtomicBool::new(false)), channel());
        let stopped = Arc::clone(&stop);
        spawn(Box::new(move || {
            while !stopped.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            ended.send(()).unwrap();
        }));
        stop.store(true, Ordering::Relaxed);
        ends.recv().unwrap();
    }

    #[test]
    fn async_mech_at_an_await() {
        let _watchdog = watched();
        let ((never, _open), (begun, begins)) = (promise::<()>(), channel());
        let p = invoke!(move || {
            begun.send(()).unwrap();
            never.wait();
        });
        begins.recv().unwrap();
        assert_eq!(p.cancel(), Cancellation::Requested);
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
        begins.recv().expect_err("its destructors have run");
    }

    #[test]
    fn async_mech_elsewhere() {
        let _watchdog = watched();
        let (body, go, begins) = gated();
        let p = invoke!(move || body());
        begins.recv().unwrap();
        assert_eq!(p.cancel(), Cancellation::Requested);
        go.send(7).unwrap();
        assert_eq!(p.wait(), 7);
    }

    #[test]
    fn std_thread() {
        by_a_flag(|job| drop(thread::spawn(job)));
    }

    #[test]
    fn rayon() {
        let pool = pool(1);
        by_a_flag(|job| pool.spawn(job));
    }

    #[test]
    fn tokio() {
        let (runtime, (begun, begins)) = (two_workers(), channel());
        let task = runtime.spawn(async move {
            begun.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        begins.recv().unwrap();
        task.abort();
        assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        begins.recv().expect_err("the future has been dropped");
    }

    #[test]
    fn tokio_spawn_blocking() {
        let (runtime, (body, go, begins)) = (two_workers(), gated());
        let job = runtime.spawn_blocking(body);
        begins.recv().unwrap();
        job.abort();
        go.send(7).unwrap();
        assert_eq!(runtime.block_on(job).unwrap(), 7);
    }
}

mod a_wait_that_times_out {
    use super::*;

    /// All that there is: the job sends its value, and the receiver gives up, or does not.
    fn by_a_channel(spawn: impl FnOnce(Job)) {
        let ((body, go, _begins), (send, value)) = (gated(), channel());
        spawn(Box::new(move || send.send(body()).unwrap()));
        assert_eq!(value.recv_timeout(SOON), Err(RecvTimeoutError::Timeout));
        go.send(7).unwrap();
        assert_eq!(value.recv(), Ok(7));
    }

    #[test]
    fn async_mech() {
        let _watchdog = watched();
        let (body, go, _begins) = gated();
        let p = invoke!(move || body()).wait_timeout(SOON).unwrap_err().into_promise();
        go.send(7).unwrap();
        assert_eq!(p.wait(), 7);
    }

    #[test]
    fn std_thread() {
        by_a_channel(|job| drop(thread::spawn(job)));
    }

    #[test]
    fn rayon() {
        let pool = pool(1);
        by_a_channel(|job| pool.spawn(job));
    }

    #[test]
    fn tokio() {
        here().block_on(async {
            let (go, goes) = tokio::sync::oneshot::channel();
            let mut task = tokio::spawn(goes);
            assert!(tokio::time::timeout(SOON, &mut task).await.is_err());
            go.send(7).unwrap();
            assert_eq!(task.await.unwrap(), Ok(7));
        });
    }
}
