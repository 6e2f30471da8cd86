//! Which threads invocations run on: starting, keeping and ending them, nested loops, destructors.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use async_mech::{EventLoop, Promise, invoke, promise};
use tests::{Watchdog, until_completed};

#[test]
fn a_callee_nobody_awaits_starts_although_every_other_thread_is_blocked_for_good() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (never, _resolver) = promise::<()>();
        for n in 0..200 {
            let (send, receive) = channel();
            let never = never.clone();
            invoke!(move || {
                send.send(n).unwrap();
                // Some block in an await, some outside.
                if n % 2 == 0 { never.wait() } else { thread::park() }
            })
            .detach();
            assert_eq!(receive.recv(), Ok(n));
        }
    });
}

#[test]
fn a_burst_of_callees_that_all_wait_for_each_other_starts() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    let all = Arc::new(Barrier::new(200));
    let promises: Vec<_> = (0..200)
        .map(|_| {
            let all = Arc::clone(&all);
            event_loop.invoke(move || all.wait().is_leader())
        })
        .collect();
    let leaders = promises.into_iter().map(Promise::wait).filter(|&leader| leader);
    assert_eq!(leaders.count(), 1);
}

#[test]
fn a_callee_invoked_by_a_body_that_blocks_at_once_starts() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let p = invoke!(|| {
            let (send, receive) = channel();
            invoke!(move || {
                let (send_on, receive) = channel();
                invoke!(move || send_on.send(1)).detach();
                send.send(receive.recv().unwrap() + 1)
            })
            .detach();
            receive.recv().unwrap() + 1
        });
        assert_eq!(p.wait(), 3);
    });
}

#[test]
fn an_awaiter_blocked_in_a_lent_body_holds_nobody_up() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    event_loop.run(|| {
        let (end, ends) = channel::<()>();
        let (begun, begins) = channel();
        let blocked = invoke!(move || {
            begun.send(()).unwrap();
            let _ = ends.recv();
        });
        let awaiter = invoke!(move || blocked.wait());
        begins.recv().unwrap();
        for n in 0..50 {
            assert_eq!(invoke!(move || n).wait(), n);
        }
        drop(end);
        awaiter.wait();
    });
}

#[test]
fn the_threads_are_named_after_their_loop() {
    let event_loop = EventLoop::builder().name("jobs").lend_threads(false).build();
    let name = event_loop.invoke(|| thread::current().name().map(str::to_owned)).wait();
    assert_eq!(name.as_deref(), Some("jobs-1"));
    let name = EventLoop::global().invoke(|| thread::current().name().map(str::to_owned));
    until_completed(&name);
    assert!(name.wait().is_some_and(|name| name.starts_with("async-mech-")));
}

#[test]
#[should_panic(expected = "NUL")]
fn a_loop_cannot_be_named_with_a_nul_character() {
    let _ = EventLoop::builder().name("a\0b");
}

#[test]
fn a_thread_that_has_ended_a_body_is_used_again() {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    for _ in 0..1_000 {
        event_loop.invoke(|| ()).wait();
    }
    // A wake may cross a park, so there may be a few, not one for each invocation.
    assert!(event_loop.snapshot().threads < 100);
}

#[test]
fn idle_threads_retire_after_their_keep_alive() {
    let event_loop = EventLoop::builder().keep_alive(Duration::from_millis(1)).build();
    let _watchdog = Watchdog::over(&event_loop);
    let all = Arc::new(Barrier::new(20));
    for _ in 0..20 {
        let all = Arc::clone(&all);
        event_loop.invoke(move || all.wait().is_leader()).detach();
    }
    while event_loop.snapshot().threads > 0 {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(event_loop.invoke(|| 5).wait(), 5);
}

/// f(d) = await f(d - 1)
fn deep(levels: u32) -> u32 {
    if levels == 0 { 0 } else { invoke!(deep(levels - 1)).wait() + 1 }
}

#[test]
fn awaits_may_be_nested_20_000_deep() {
    let event_loop = EventLoop::builder().build();
    let _watchdog = Watchdog::over(&event_loop);
    assert_eq!(event_loop.run(|| deep(20_000)), 20_000);
    assert_eq!(event_loop.invoke(|| deep(20_000)).wait(), 20_000);
}

#[test]
fn awaits_may_be_nested_1_000_deep_without_lending() {
    let event_loop = EventLoop::builder().lend_threads(false).build();
    let _watchdog = Watchdog::over(&event_loop);
    assert_eq!(event_loop.run(|| deep(1_000)), 1_000);
}

#[test]
fn a_small_stack_is_not_overrun_by_nested_awaits() {
    let event_loop = EventLoop::builder().stack_size(512 << 10).build();
    let _watchdog = Watchdog::over(&event_loop);
    assert_eq!(event_loop.invoke(|| deep(1_000)).wait(), 1_000);
}

#[test]
fn what_a_body_invokes_runs_on_the_loop_that_runs_the_body() {
    let event_loop = EventLoop::builder().name("inner").lend_threads(false).build();
    let name = || thread::current().name().map(str::to_owned);
    let theirs = event_loop.invoke(move || invoke!(move || name()).wait()).wait();
    assert!(theirs.is_some_and(|name| name.starts_with("inner-")));
    let run = event_loop.run(|| invoke!(move || name()).wait());
    assert!(run.is_some_and(|name| name.starts_with("inner-")));
}

#[test]
fn loops_may_be_nested_and_may_await_each_others_promises() {
    for lend in [true, false] {
        let outer = EventLoop::builder().name("outer").lend_threads(lend).build();
        let inner = EventLoop::builder().name("inner").lend_threads(lend).build();
        let _watchdog = Watchdog::over(&outer);
        let handle = inner.clone();
        let p = outer.invoke(move || {
            let theirs = handle.run(|| invoke!(|| invoke!(|| 20).wait() + 1));
            let ours = invoke!(move || theirs.wait());
            ours.wait() * 2
        });
        assert_eq!(p.wait(), 42);
        assert!(inner.snapshot().promises.is_empty());
        assert!(outer.snapshot().promises.is_empty());
    }
}

#[test]
fn the_former_loop_is_current_again_after_run_also_when_it_unwinds() {
    let event_loop = EventLoop::builder().build();
    let unwound = std::panic::catch_unwind(|| event_loop.run(|| panic!("within")));
    assert!(unwound.is_err());
    let (p, resolver) = promise::<u32>();
    assert!(event_loop.snapshot().promises.is_empty(), "made in the global loop");
    resolver.resolve(1);
    p.wait();
}

#[test]
fn a_dropped_loop_still_runs_what_was_invoked() {
    for most in [1, 4] {
        let event_loop = EventLoop::builder().max_threads(most).build();
        let (send, receive) = channel();
        for n in 0..100 {
            let send = send.clone();
            event_loop.invoke(move || send.send(n).unwrap()).detach();
        }
        drop((event_loop, send));
        assert_eq!(receive.iter().count(), 100);
    }
}

#[test]
fn a_promise_may_be_awaited_after_its_loop_was_dropped() {
    let event_loop = EventLoop::builder().build();
    let p = event_loop.invoke(|| invoke!(|| 21).wait() * 2);
    drop(event_loop);
    assert_eq!(p.wait(), 42);
}

/// Tells that a thread has ended: a thread-local that sends when destroyed.
struct Ended(Sender<u32>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.send(0).unwrap();
    }
}

#[test]
fn the_threads_of_a_dropped_loop_end() {
    thread_local! {
        static ENDED: std::cell::RefCell<Option<Ended>> = const { std::cell::RefCell::new(None) };
    }
    let (send, receive) = channel();
    let event_loop = EventLoop::builder().lend_threads(false).build();
    event_loop.invoke(move || ENDED.set(Some(Ended(send)))).wait();
    drop(event_loop);
    assert_eq!(receive.recv(), Ok(0));
}

/// Invokes and awaits in its destructor.
struct Invokes(Sender<u32>, bool);

impl Drop for Invokes {
    fn drop(&mut self) {
        let value = if self.1 {
            let (p, resolver) = promise();
            invoke!(move || resolver.resolve(7)).detach();
            p.wait()
        } else {
            invoke!(|| 6).outcome().expect("a value") + 1
        };
        self.0.send(value).unwrap();
    }
}

#[test]
fn a_thread_locals_destructor_may_invoke_and_await() {
    thread_local! {
        static EARLY: std::cell::RefCell<Option<Invokes>> = const { std::cell::RefCell::new(None) };
        static LATE: std::cell::RefCell<Option<Invokes>> = const { std::cell::RefCell::new(None) };
    }
    let (send, receive) = channel();
    let foreign = send.clone();
    // Destroyed before async-mech's own thread-local, or after it.
    let body = move |send: Sender<u32>| {
        EARLY.set(Some(Invokes(send.clone(), false)));
        assert_eq!(invoke!(|| 5).wait(), 5);
        LATE.set(Some(Invokes(send, true)));
    };
    thread::spawn(move || body(foreign)).join().unwrap();
    let event_loop = EventLoop::builder().lend_threads(false).build();
    event_loop.invoke(move || body(send)).wait();
    drop(event_loop);
    assert_eq!(receive.iter().collect::<Vec<_>>(), [7; 4]);
}

#[test]
fn a_destructor_may_invoke_and_await_while_its_thread_panics() {
    for awaits_lent in [true, false] {
        let event_loop = EventLoop::builder().build();
        let _watchdog = Watchdog::over(&event_loop);
        let (send, receive) = channel();
        let p = event_loop.invoke(move || -> () {
            let _invokes = Invokes(send, awaits_lent);
            panic!("with something to drop");
        });
        assert_eq!(p.outcome().unwrap_err().message(), "with something to drop");
        assert_eq!(receive.recv(), Ok(7));
    }
}

#[test]
fn a_callee_that_starts_while_its_invoker_panics_is_not_panicking() {
    struct Looks(Arc<AtomicBool>);
    impl Drop for Looks {
        fn drop(&mut self) {
            let panicking = invoke!(thread::panicking()).outcome().expect("a value");
            self.0.store(panicking, Ordering::Relaxed);
        }
    }
    let panicking = Arc::new(AtomicBool::new(true));
    let looks = Looks(Arc::clone(&panicking));
    let p = invoke!(move || -> () {
        let _looks = looks;
        panic!("with something to drop");
    });
    assert!(p.outcome().is_err());
    assert!(!panicking.load(Ordering::Relaxed));
}

#[test]
fn threads_may_be_kept_for_ever() {
    let event_loop = EventLoop::builder().keep_alive(Duration::MAX).max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    for n in 0..100 {
        // Not awaited, so that the loop's only thread runs it, and rests before it is called again.
        let (send, receive) = channel();
        event_loop.invoke(move || send.send(n).unwrap()).detach();
        assert_eq!(receive.recv(), Ok(n));
        while !event_loop.snapshot().promises.is_empty() {
            thread::yield_now();
        }
    }
    assert_eq!(event_loop.snapshot().threads, 1);
}
