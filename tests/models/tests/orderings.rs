//! Memory orderings of `threads/searchers.rs`, with loom: the two sides of its table cannot both
//! read the old value, and without its fences they could.

#![cfg(loom)]

use loom::sync::Arc;
use loom::thread;

use self::searchers::Searchers;
use self::sync::atomic::{AtomicUsize, Ordering, fence};

/// What the file finds at the path it names.
mod sync {
    pub(crate) use loom::sync::atomic;
}

#[path = "../../../async-mech/src/threads/searchers.rs"]
mod searchers;

/// The file's protocol, or what a mutation makes of it.
trait Protocol: Send + Sync + 'static {
    fn nobody() -> Self;
    fn after_publishing(&self) -> usize;
    fn start(&self);
    fn stop(&self);
}

impl Protocol for Searchers {
    fn nobody() -> Self {
        Searchers::new()
    }

    fn after_publishing(&self) -> usize {
        self.after_publishing()
    }

    fn start(&self) {
        self.start();
    }

    fn stop(&self) {
        self.stop();
    }
}

/// The same with a fence left out: before the look at the searchers, or before the one at the
/// queues.
struct Mutant<const LOOK_FENCE: bool, const STOP_FENCE: bool>(AtomicUsize);

impl<const LOOK_FENCE: bool, const STOP_FENCE: bool> Protocol for Mutant<LOOK_FENCE, STOP_FENCE> {
    fn nobody() -> Self {
        Mutant(AtomicUsize::new(0))
    }

    fn after_publishing(&self) -> usize {
        if LOOK_FENCE {
            fence(Ordering::SeqCst);
        }
        self.0.load(Ordering::Relaxed)
    }

    fn start(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn stop(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        if STOP_FENCE {
            fence(Ordering::SeqCst);
        }
    }
}

/// One thread queues a callee while the only searcher stops: somebody goes to the queue.
fn a_callee_is_queued_while_the_last_searcher_stops<P: Protocol>() {
    loom::model(|| {
        let queued = Arc::new(AtomicUsize::new(0));
        let searchers = Arc::new(P::nobody());
        searchers.start();
        let invoker = {
            let (queued, searchers) = (Arc::clone(&queued), Arc::clone(&searchers));
            thread::spawn(move || {
                queued.store(1, Ordering::Relaxed);
                // None: calls one.
                searchers.after_publishing() == 0
            })
        };
        searchers.stop();
        let searches_on = queued.load(Ordering::Relaxed) != 0;
        let calls = invoker.join().unwrap();
        assert!(calls || searches_on, "a callee is queued, and nobody is on the way");
    });
}

/// Two threads queue a callee each while the only searcher stops: both callees have somebody.
fn two_callees_are_queued_while_the_last_searcher_stops<P: Protocol>() {
    loom::model(|| {
        let queued = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let searchers = Arc::new(P::nobody());
        searchers.start();
        let invokers = queued.clone().map(|queued| {
            let searchers = Arc::clone(&searchers);
            thread::spawn(move || {
                queued.store(1, Ordering::Relaxed);
                let calls = searchers.after_publishing() == 0;
                if calls {
                    // The called thread looks at every queue before it stops.
                    searchers.start();
                }
                calls
            })
        });
        searchers.stop();
        let seen = queued.each_ref().map(|queued| queued.load(Ordering::Relaxed) != 0);
        let calls = invokers.map(|invoker| invoker.join().unwrap());
        let called = calls.contains(&true);
        assert!(called || seen == [true; 2], "a callee is queued, and nobody is on the way");
    });
}

/// A call is refused while the only other thread parks: it is found idle, or it sees the callee.
fn a_call_is_refused_while_a_thread_parks<P: Protocol>() {
    loom::model(|| {
        let queued = Arc::new(AtomicUsize::new(0));
        let idle = Arc::new(AtomicUsize::new(0));
        let searchers = Arc::new(P::nobody());
        searchers.start();
        let invoker = {
            let (queued, idle) = (Arc::clone(&queued), Arc::clone(&idle));
            let searchers = Arc::clone(&searchers);
            thread::spawn(move || {
                queued.store(1, Ordering::Relaxed);
                if searchers.after_publishing() != 0 {
                    return false;
                }
                searchers.start();
                // No thread is idle yet, and none can be started.
                searchers.stop();
                idle.load(Ordering::Relaxed) != 0
            })
        };
        idle.store(1, Ordering::Relaxed);
        searchers.stop();
        let searches_on = queued.load(Ordering::Relaxed) != 0;
        let found_idle = invoker.join().unwrap();
        assert!(found_idle || searches_on, "a callee is queued, and the thread for it sleeps");
    });
}

/// A thread is counted as suspended and looks at the queues, while a refused call looks at the count:
/// one of the two sees the other. The counts of `place.rs` are statics of `std`, so this is their
/// protocol, and not the file.
fn a_thread_suspends_while_a_call_is_refused(fenced: bool) {
    loom::model(move || {
        let [queued, suspended] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let searchers = Arc::new(Searchers::new());
        let refused = {
            let (queued, suspended) = (Arc::clone(&queued), Arc::clone(&suspended));
            let searchers = Arc::clone(&searchers);
            thread::spawn(move || {
                queued.store(1, Ordering::Relaxed);
                if searchers.after_publishing() != 0 {
                    return false;
                }
                searchers.start();
                // No thread can be started below the ceiling.
                searchers.stop();
                suspended.load(Ordering::SeqCst) == 1
            })
        };
        suspended.fetch_add(1, Ordering::SeqCst);
        if fenced {
            fence(Ordering::SeqCst);
        }
        let calls = queued.load(Ordering::Relaxed) != 0;
        let goes_beyond = refused.join().unwrap();
        assert!(goes_beyond || calls, "a callee is queued, and all threads are suspended");
    });
}

#[test]
fn a_refused_call_and_a_thread_that_suspends_do_not_miss_each_other() {
    a_thread_suspends_while_a_call_is_refused(true);
}

#[test]
#[should_panic(expected = "all threads are suspended")]
fn without_the_fence_after_the_count_a_suspended_thread_is_missed() {
    a_thread_suspends_while_a_call_is_refused(false);
}

#[test]
fn a_callee_queued_while_the_last_searcher_stops_has_somebody_on_the_way() {
    a_callee_is_queued_while_the_last_searcher_stops::<Searchers>();
}

#[test]
fn callees_of_two_invokers_have_somebody_on_the_way() {
    two_callees_are_queued_while_the_last_searcher_stops::<Searchers>();
}

#[test]
fn a_refused_call_and_a_parking_thread_do_not_miss_each_other() {
    a_call_is_refused_while_a_thread_parks::<Searchers>();
}

#[test]
fn the_mutant_with_both_fences_is_the_protocol() {
    a_callee_is_queued_while_the_last_searcher_stops::<Mutant<true, true>>();
    a_call_is_refused_while_a_thread_parks::<Mutant<true, true>>();
}

#[test]
#[should_panic(expected = "nobody is on the way")]
fn without_the_fence_before_looking_for_searchers_a_callee_is_lost() {
    a_callee_is_queued_while_the_last_searcher_stops::<Mutant<false, true>>();
}

#[test]
#[should_panic(expected = "nobody is on the way")]
fn without_the_fence_before_looking_at_the_queues_a_callee_is_lost() {
    a_callee_is_queued_while_the_last_searcher_stops::<Mutant<true, false>>();
}

#[test]
#[should_panic(expected = "nobody is on the way")]
fn without_any_fence_a_callee_is_lost() {
    a_callee_is_queued_while_the_last_searcher_stops::<Mutant<false, false>>();
}

#[test]
#[should_panic(expected = "the thread for it sleeps")]
fn without_the_fence_before_looking_at_the_queues_a_parking_thread_is_missed() {
    a_call_is_refused_while_a_thread_parks::<Mutant<true, false>>();
}
