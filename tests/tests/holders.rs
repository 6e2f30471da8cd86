//! What the holders of one promise get, and when its value is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use async_mech::{EventLoop, invoke, promise};
use tests::Watchdog;

/// Counts its clones.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new() -> (Counted, Arc<AtomicUsize>) {
        let clones = Arc::new(AtomicUsize::new(0));
        (Counted(Arc::clone(&clones)), clones)
    }
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
        Counted(Arc::clone(&self.0))
    }
}

/// Panics when dropped, unless it would abort the process.
struct Bomb(Arc<AtomicUsize>);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        if !thread::panicking() {
            panic!("a destructor panics");
        }
    }
}

#[test]
fn the_only_holder_gets_the_value_itself() {
    let (value, clones) = Counted::new();
    invoke!(move || value).wait();
    assert_eq!(clones.load(Ordering::Relaxed), 0);
}

#[test]
fn of_n_holders_the_last_gets_the_value_itself_and_the_others_a_clone() {
    let (value, clones) = Counted::new();
    let p = invoke!(move || value);
    for holders in 1..=10 {
        drop(p.clone().wait());
        assert_eq!(clones.load(Ordering::Relaxed), holders);
    }
    p.wait();
    assert_eq!(clones.load(Ordering::Relaxed), 10);
}

#[test]
fn holders_on_many_threads_make_one_clone_less_than_there_are_holders() {
    for _ in 0..50 {
        let (value, clones) = Counted::new();
        let (p, resolver) = promise();
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let p = p.clone();
                thread::spawn(move || drop(p.wait()))
            })
            .collect();
        drop(p);
        resolver.resolve(value);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(clones.load(Ordering::Relaxed) <= 7);
        assert_eq!(Arc::strong_count(&clones), 1);
    }
}

#[test]
fn a_holder_that_never_looked_leaves_the_value_to_the_others() {
    let (value, clones) = Counted::new();
    let p = invoke!(move || value);
    drop(p.clone());
    p.clone().detach();
    p.wait();
    assert_eq!(clones.load(Ordering::Relaxed), 0);
}

/// Panics in every second clone.
struct Fickle(Arc<AtomicUsize>);

impl Clone for Fickle {
    fn clone(&self) -> Fickle {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) % 2 == 1, "no clone this time");
        Fickle(Arc::clone(&self.0))
    }
}

#[test]
fn a_clone_that_panics_fails_that_awaiter_alone() {
    let (p, resolver) = promise();
    let attempts = Arc::new(AtomicUsize::new(0));
    resolver.resolve(Fickle(Arc::clone(&attempts)));
    let (q, r) = (p.clone(), p.clone());
    let payload = catch_unwind(AssertUnwindSafe(|| q.wait())).err().expect("the clone panics");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no clone this time"));
    assert!(r.outcome().is_ok());
    assert!(p.outcome().is_ok());
    assert_eq!(Arc::strong_count(&attempts), 1, "every value has been dropped");
}

#[test]
fn a_clone_that_panics_beside_other_awaiters_loses_them_nothing() {
    let (p, resolver) = promise();
    let attempts = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..20)
        .map(|_| {
            let p = p.clone();
            thread::spawn(move || catch_unwind(AssertUnwindSafe(|| drop(p.wait()))).is_ok())
        })
        .collect();
    resolver.resolve(Fickle(Arc::clone(&attempts)));
    let got = threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|&ok| ok).count();
    assert_eq!(got, 10, "every second clone of 20 works, and `p` is still held");
    drop(p.wait());
    assert_eq!(Arc::strong_count(&attempts), 1);
}

/// Clones only when told to.
struct Slow {
    begun: Sender<()>,
    go: Arc<Mutex<Receiver<()>>>,
}

impl Clone for Slow {
    fn clone(&self) -> Slow {
        self.begun.send(()).unwrap();
        self.go.lock().unwrap().recv().unwrap();
        Slow { begun: self.begun.clone(), go: Arc::clone(&self.go) }
    }
}

#[test]
fn awaiters_wait_for_one_that_clones_slowly_and_get_their_turn() {
    let ((begun, begins), (go, goes)) = (channel(), channel());
    let (p, resolver) = promise();
    resolver.resolve(Slow { begun, go: Arc::new(Mutex::new(goes)) });
    let ended = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..10)
        .map(|_| {
            let (p, ended) = (p.clone(), Arc::clone(&ended));
            thread::spawn(move || {
                drop(p.wait());
                ended.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    for _ in 0..10 {
        begins.recv().unwrap();
        assert!(p.is_completed());
        assert!(begins.try_recv().is_err(), "two clones at a time");
        go.send(()).unwrap();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(ended.load(Ordering::Relaxed), 10);
    drop(p.wait());
}

#[test]
fn dropping_a_promise_while_it_is_being_cloned_waits_for_nothing() {
    let ((begun, begins), (go, goes)) = (channel(), channel());
    let (p, resolver) = promise();
    resolver.resolve(Slow { begun, go: Arc::new(Mutex::new(goes)) });
    let (q, r) = (p.clone(), p.clone());
    let cloner = thread::spawn(move || drop(q.wait()));
    begins.recv().unwrap();
    drop(p);
    drop(r);
    go.send(()).unwrap();
    cloner.join().unwrap();
}

#[test]
fn a_value_nobody_holds_is_dropped_when_its_function_returns() {
    let (send, receive) = channel::<()>();
    invoke!(move || send).detach();
    assert!(receive.recv().is_err(), "the value, a sender, is gone");
}

#[test]
fn a_value_is_dropped_with_the_last_promise_that_holds_it() {
    let value = Arc::new(());
    let given = Arc::clone(&value);
    let (p, resolver) = promise();
    resolver.resolve(given);
    let q = p.clone();
    drop(p);
    assert_eq!(Arc::strong_count(&value), 2);
    drop(q);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn a_value_whose_destructor_panics_costs_no_thread() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let drops = Arc::new(AtomicUsize::new(0));
    for _ in 0..3 {
        let bomb = Bomb(Arc::clone(&drops));
        event_loop.invoke(move || bomb).detach();
    }
    let (send, receive) = channel();
    event_loop.invoke(move || send.send(thread::current().id()).unwrap()).detach();
    let thread = receive.recv().unwrap();
    assert_eq!(drops.load(Ordering::Relaxed), 3, "they ran before, on the only thread");
    let (send, receive) = channel();
    event_loop.invoke(move || send.send(thread::current().id()).unwrap()).detach();
    assert_eq!(receive.recv(), Ok(thread), "the thread lives on");
}

#[test]
fn a_promise_dropped_unread_does_not_pass_on_the_panic_of_its_value() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (p, resolver) = promise();
    resolver.resolve(Bomb(Arc::clone(&drops)));
    drop(p);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    let (p, resolver) = promise();
    drop(p);
    resolver.resolve(Bomb(Arc::clone(&drops)));
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

#[test]
fn what_a_destructor_panics_with_is_dropped() {
    /// Panics with what it has.
    struct Throws(Option<Arc<()>>);

    impl Drop for Throws {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new(self.0.take()));
        }
    }

    let thrown = Arc::new(());
    for _ in 0..10 {
        let value = Throws(Some(Arc::clone(&thrown)));
        let (p, resolver) = promise();
        resolver.resolve(value);
        drop(p);
    }
    assert_eq!(Arc::strong_count(&thrown), 1);
}

#[test]
fn an_argument_whose_destructor_panics_fails_its_function() {
    let drops = Arc::new(AtomicUsize::new(0));
    let bomb = Bomb(Arc::clone(&drops));
    let failure = invoke!(move || drop(bomb)).outcome().unwrap_err();
    assert_eq!(failure.message(), "a destructor panics");
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn a_callee_that_is_cancelled_may_panic_in_its_destructor() {
    let event_loop = EventLoop::builder().max_threads(1).build();
    let _watchdog = Watchdog::over(&event_loop);
    let ((begun, begins), (end, ends)) = (channel(), channel::<()>());
    let running = event_loop.invoke(move || {
        begun.send(()).unwrap();
        let _ = ends.recv();
    });
    begins.recv().unwrap();
    let drops = Arc::new(AtomicUsize::new(0));
    let bomb = Bomb(Arc::clone(&drops));
    let cancelled = event_loop.invoke(move || drop(bomb));
    drop(end);
    event_loop.shutdown(std::time::Duration::MAX);
    // It ran, or it was cancelled; its argument is dropped either way, once.
    assert!(cancelled.outcome().is_err());
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    running.wait();
}

#[test]
fn values_that_own_promises_of_their_own_loop_end_with_it() {
    let event_loop = EventLoop::builder().build();
    let ran = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&ran);
    let inner =
        event_loop.run(|| invoke!(move || invoke!(move || mark.store(true, Ordering::Relaxed))));
    drop(event_loop);
    inner.wait().wait();
    assert!(ran.load(Ordering::Relaxed));
}

#[test]
fn values_are_dropped_although_an_older_promise_is_pending() {
    let (oldest, resolver) = promise::<u32>();
    let value = Arc::new(());
    for _ in 0..1_000 {
        let given = Arc::clone(&value);
        invoke!(move || given).wait();
    }
    assert_eq!(Arc::strong_count(&value), 1);
    resolver.resolve(1);
    oldest.wait();
}
