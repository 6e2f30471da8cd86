//! What a promise gives, when, and to whom.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use async_mech::{EventLoop, FailureKind, Promise, invoke, promise};
use tests::Watchdog;

/// An invocation that runs until told to end, and how to tell it. It has begun.
fn held<T: Send + 'static>(value: T) -> (Promise<T>, impl FnOnce()) {
    let (begun, begins) = channel();
    let (end, ends) = channel::<()>();
    let p = invoke!(|| {
        begun.send(()).unwrap();
        let _ = ends.recv();
        value
    });
    begins.recv().unwrap();
    (p, move || drop(end))
}

#[test]
fn a_promise_gives_the_value_of_its_function() {
    assert_eq!(invoke!(u32::pow(2, 10)).wait(), 1024);
    assert_eq!(invoke!(String::from("text")).outcome().unwrap(), "text");
}

#[test]
fn a_pending_promise_says_so_and_comes_back_from_try_wait() {
    let (p, end) = held(5);
    assert!(!p.is_completed());
    let p = p.try_wait().expect_err("pending");
    let p = p.try_wait().expect_err("still pending");
    end();
    assert_eq!(p.wait(), 5);
}

#[test]
fn a_completed_promise_says_so_and_try_wait_takes_the_value() {
    let (p, resolver) = promise();
    resolver.resolve("here");
    assert!(p.is_completed());
    assert_eq!(p.try_wait().expect("completed").unwrap(), "here");
}

#[test]
fn try_wait_takes_a_failure_too() {
    let (p, resolver) = promise::<u32>();
    drop(resolver);
    let failure = p.try_wait().expect("completed").unwrap_err();
    assert_eq!(failure.kind(), FailureKind::Abandoned);
}

#[test]
fn a_wait_that_times_out_gives_the_promise_back() {
    let (p, end) = held("late");
    let timed_out = p.wait_timeout(Duration::from_millis(1)).expect_err("pending");
    let p = timed_out.into_promise();
    let timed_out = p.wait_deadline(Instant::now()).expect_err("pending");
    let p = timed_out.into_promise();
    end();
    assert_eq!(p.wait(), "late");
}

#[test]
fn a_wait_that_times_out_names_what_it_waited_for() {
    let (p, resolver) = promise::<u32>();
    let id = p.id();
    let text = p.wait_timeout(Duration::ZERO).expect_err("pending").to_string();
    assert!(text.starts_with("timed out waiting for"), "{text}");
    assert!(text.contains(&id.to_string()), "{text}");
    assert!(text.contains(file!()), "{text}");
    resolver.resolve(0);
}

#[test]
fn a_timed_wait_takes_what_is_there_in_time() {
    let (p, end) = held(1);
    end();
    assert_eq!(p.wait_timeout(Duration::from_secs(3600)).expect("in time").unwrap(), 1);
    let p = invoke!(|| 2);
    assert_eq!(p.wait_timeout(Duration::MAX).expect("in time").unwrap(), 2);
}

#[test]
fn a_deadline_in_the_past_still_takes_what_is_there() {
    let (p, resolver) = promise();
    let past = Instant::now();
    resolver.resolve(3);
    assert_eq!(p.wait_deadline(past).expect("completed").unwrap(), 3);
}

#[test]
fn a_promise_has_the_id_of_its_execution_and_knows_the_call() {
    let p = invoke!(|| async_mech::current().id());
    let line = line!() - 1;
    let (id, location) = (p.id(), p.location());
    assert_eq!((location.file(), location.line()), (file!(), line));
    assert_eq!(p.wait(), id);

    let p = invoke!(u32::pow(2, 3));
    assert_eq!(p.name(), "u32::pow");
    let debug = format!("{p:?}");
    assert!(debug.contains(&p.id().to_string()) && debug.contains("u32::pow"), "{debug}");
    p.detach();

    let (p, resolver) = promise::<u32>();
    assert_eq!(p.id(), resolver.id());
    assert_eq!(p.location().line(), line!() - 2);
    drop(p);
    resolver.resolve(1);
}

#[test]
fn no_two_promises_have_the_same_id() {
    let promises: Vec<_> = (0..100).map(|n| invoke!(move || n)).collect();
    let ids: std::collections::HashSet<_> = promises.iter().map(Promise::id).collect();
    assert_eq!(ids.len(), 100);
    assert_eq!(promises.into_iter().map(Promise::wait).sum::<u32>(), 4_950);
}

#[test]
fn an_execution_knows_who_invoked_it() {
    let me = async_mech::current().id();
    let (child, caller, grandcaller) = invoke!(|| {
        let mine = async_mech::current();
        let grandcaller = invoke!(|| async_mech::current().caller()).wait();
        (mine.id(), mine.caller(), grandcaller)
    })
    .wait();
    assert_eq!(caller, Some(me));
    assert_eq!(grandcaller, Some(child));
    assert_eq!(async_mech::current().caller(), None);
}

#[test]
fn a_detached_invocation_runs_to_its_end() {
    let (send, receive) = channel();
    let dropped = send.clone();
    invoke!(move || send.send("detached")).detach();
    assert_eq!(receive.recv(), Ok("detached"));
    drop(invoke!(move || dropped.send("dropped")));
    assert_eq!(receive.recv(), Ok("dropped"));
}

#[test]
fn a_thousand_executions_may_await_one_promise() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (p, resolver) = promise();
        let awaiters: Vec<_> = (0..1_000)
            .map(|n| {
                let p = p.clone();
                invoke!(move || p.wait() + n)
            })
            .collect();
        resolver.resolve(1_000_000);
        for (n, awaiter) in (0..).zip(awaiters) {
            assert_eq!(awaiter.wait(), 1_000_000 + n);
        }
        assert_eq!(p.wait(), 1_000_000);
    });
}

#[test]
fn many_foreign_threads_may_await_one_promise() {
    let (p, end) = held(String::from("for all"));
    let threads: Vec<_> = (0..50)
        .map(|_| {
            let p = p.clone();
            thread::spawn(move || p.wait())
        })
        .collect();
    end();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), "for all");
    }
    assert_eq!(p.wait(), "for all");
}

#[test]
fn a_reference_to_a_promise_gives_a_clone_of_the_value() {
    let p = invoke!(|| vec![1, 2, 3]);
    assert_eq!(async_mech::wait(&p), [1, 2, 3]);
    assert_eq!(async_mech::r#await!(&p), [1, 2, 3]);
    assert_eq!(async_mech::wait(p), [1, 2, 3]);
}

#[test]
fn a_value_need_not_be_sync_nor_clone() {
    struct Neither(Cell<u32>);
    assert_eq!(invoke!(|| Neither(Cell::new(7))).wait().0.get(), 7);

    // One holder at a time clones it.
    let p = invoke!(|| Cell::new(8));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let p = p.clone();
            thread::spawn(move || p.wait().get())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 8);
    }
    assert_eq!(p.wait().get(), 8);
}

#[test]
fn a_promise_may_be_the_value_of_another() {
    let p = invoke!(|| invoke!(|| 42));
    assert_eq!(p.wait().wait(), 42);
}

#[test]
fn a_promise_may_be_sent_away_and_awaited_there() {
    let (send, receive) = channel::<Promise<u32>>();
    let sum = invoke!(move || receive.iter().map(Promise::wait).sum::<u32>());
    for n in 0..10 {
        send.send(invoke!(move || n)).unwrap();
    }
    drop(send);
    assert_eq!(sum.wait(), 45);
}

#[test]
fn every_argument_is_dropped_when_the_function_ends_not_when_its_promise_is() {
    let argument = Arc::new(());
    let given = Arc::clone(&argument);
    let p = invoke!(move || drop(given));
    let q = p.clone();
    p.wait();
    assert_eq!(Arc::strong_count(&argument), 1);
    q.wait();
}

#[test]
fn a_function_that_is_never_awaited_runs_once() {
    let event_loop = EventLoop::builder().build();
    let runs = Arc::new(AtomicUsize::new(0));
    event_loop.run(|| {
        for _ in 0..100 {
            let runs = Arc::clone(&runs);
            invoke!(move || runs.fetch_add(1, Ordering::Relaxed)).detach();
        }
    });
    // All that can run have run when the counter's other holders are gone.
    while Arc::strong_count(&runs) > 1 {
        thread::yield_now();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 100);
}
