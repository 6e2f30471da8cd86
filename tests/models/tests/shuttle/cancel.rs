//! Interleavings of `cancel`, with shuttle: beside a park, a completion, a claim, another cancel.
//!
//! A cancel that is lost leaves somebody waiting for good, which is a deadlock to shuttle.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_mech::{
    Cancellation, EventLoop, Failure, FailureKind, Promise, Resolver, checkpoint, invoke, promise,
    sleep,
};
use shuttle::thread;
use shuttle::thread::JoinHandle;

/// With and without lending, and at a ceiling of one thread.
fn explore(model: fn(&EventLoop)) {
    models::explore(1_500, 300, move || models::in_loops(model));
}

/// Cancels it on a thread that is not the loop's.
fn cancels<T: Clone + Send + 'static>(p: &Promise<T>) -> JoinHandle<Cancellation> {
    let p = p.clone();
    thread::spawn(move || p.cancel())
}

fn kind<T>(outcome: Result<T, Failure>) -> FailureKind {
    outcome.map(|_| "a value").unwrap_err().kind()
}

fn assert_cancelled<T>(p: Promise<T>) {
    let id = p.id();
    let failure = p.outcome().map(|_| "a value").unwrap_err();
    assert_eq!((failure.kind(), failure.id()), (FailureKind::Cancelled, id));
}

/// Resolves its promise when it is dropped.
struct Dropped(Option<Resolver<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.take().expect("dropped once").resolve(());
    }
}

fn guard() -> (Dropped, Promise<()>) {
    let (dropped, resolver) = promise();
    (Dropped(Some(resolver)), dropped)
}

#[test]
fn an_execution_is_cancelled_as_it_starts_or_parks() {
    explore(|_| {
        let (gate, _resolver) = promise::<()>();
        let p = invoke!(move || gate.wait());
        let canceller = cancels(&p);
        assert_cancelled(p);
        canceller.join().unwrap();
    });
}

#[test]
fn an_execution_is_cancelled_as_it_falls_asleep() {
    explore(|_| {
        let p = invoke!(|| sleep(Duration::MAX));
        let canceller = cancels(&p);
        assert_cancelled(p);
        canceller.join().unwrap();
    });
}

#[test]
fn an_execution_is_cancelled_while_it_is_woken_and_parks_again() {
    explore(|_| {
        let ((first, resolver), (gate, _resolver)) = (promise(), promise::<()>());
        let p = invoke!(move || {
            first.wait();
            gate.wait_timeout(Duration::from_secs(3_600)).is_ok()
        });
        let resolves = thread::spawn(move || resolver.resolve(()));
        let canceller = cancels(&p);
        assert_cancelled(p);
        canceller.join().unwrap();
        resolves.join().unwrap();
    });
}

#[test]
fn a_cancel_beside_a_completion_says_what_it_met() {
    explore(|_| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&runs);
        let p = invoke!(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            checkpoint();
        });
        let canceller = cancels(&p);
        let outcome = p.outcome();
        let ran = runs.load(Ordering::Relaxed);
        match canceller.join().unwrap() {
            Cancellation::Done => assert_eq!((ran, kind(outcome)), (0, FailureKind::Cancelled)),
            Cancellation::AlreadyCompleted => assert_eq!((ran, outcome.is_ok()), (1, true)),
            met => {
                assert_eq!((met, ran), (Cancellation::Requested, 1));
                assert!(outcome.is_ok() || kind(outcome) == FailureKind::Cancelled);
            }
        }
    });
}

#[test]
fn of_two_cancels_one_counts() {
    explore(|_| {
        let (gate, _resolver) = promise::<()>();
        let p = invoke!(move || gate.wait());
        let cancellers = [(); 2].map(|()| cancels(&p));
        assert_cancelled(p);
        let met = cancellers.map(|canceller| canceller.join().unwrap());
        let counts = |met: &&_| matches!(met, Cancellation::Done | Cancellation::Requested);
        assert_eq!(met.iter().filter(counts).count(), 1, "{met:?}");
    });
}

#[test]
fn a_cancel_beside_the_drop_of_the_other_promise_ends_the_execution() {
    explore(|_| {
        let ((gate, _resolver), (guard, dropped)) = (promise::<()>(), guard());
        let p = invoke!(move || {
            let _guard = guard;
            gate.wait();
        });
        let canceller = cancels(&p);
        drop(p);
        dropped.wait();
        canceller.join().unwrap();
    });
}

#[test]
fn of_a_cancel_and_a_resolve_one_wins() {
    explore(|event_loop| {
        let (p, resolver) = promise();
        let (q, inside) = (p.clone(), event_loop.clone());
        let other = thread::spawn(move || inside.run(|| q.outcome()));
        let resolves = thread::spawn(move || resolver.resolve(1));
        let met = p.cancel();
        for outcome in [p.outcome(), other.join().unwrap()] {
            match met {
                Cancellation::Done => assert_eq!(kind(outcome), FailureKind::Cancelled),
                met => assert_eq!((met, outcome.unwrap()), (Cancellation::AlreadyCompleted, 1)),
            }
        }
        resolves.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

#[test]
fn cancel_follows_the_await_wherever_the_callee_is() {
    explore(|_| {
        let ((gate, _resolver), (guard, dropped)) = (promise::<()>(), guard());
        let p = invoke!(move || {
            let callee = invoke!(move || {
                let _guard = guard;
                gate.wait();
            });
            callee.wait();
        });
        let canceller = cancels(&p);
        assert_cancelled(p);
        // Also if none of them has run.
        dropped.wait();
        canceller.join().unwrap();
    });
}

#[test]
fn an_awaiter_is_cancelled_while_what_it_may_have_lent_its_thread_to_goes_on() {
    explore(|_| {
        let ((open, resolver), (gate, _resolver)) = (promise(), promise::<()>());
        let (shared, hand) = promise();
        let p = invoke!(move || {
            let callee = invoke!(move || {
                open.wait();
                checkpoint();
                1
            });
            hand.resolve(callee.clone());
            callee.wait();
            gate.wait();
        });
        let canceller = cancels(&p);
        let resolves = thread::spawn(move || resolver.resolve(()));
        assert_cancelled(p);
        // It fails if `p` had not started.
        if let Ok(callee) = shared.outcome() {
            assert_eq!(callee.wait(), 1);
        }
        canceller.join().unwrap();
        resolves.join().unwrap();
    });
}

#[test]
fn cancel_follows_an_await_of_all_to_its_inputs() {
    explore(|_| {
        let (guards, dropped): (Vec<_>, Vec<_>) = [guard(), guard()].into_iter().unzip();
        let (gate, _resolver) = promise::<()>();
        let p = invoke!(move || {
            let inputs = guards.into_iter().map(|guard| {
                let gate = gate.clone();
                invoke!(move || {
                    let _guard = guard;
                    gate.wait();
                })
            });
            Promise::all(inputs).wait().len()
        });
        let canceller = cancels(&p);
        assert_cancelled(p);
        dropped.into_iter().for_each(Promise::wait);
        canceller.join().unwrap();
    });
}

/// Awaits its promise when it is dropped.
struct Cleanup(Option<Promise<()>>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        self.0.take().expect("dropped once").wait();
    }
}

#[test]
fn a_callee_runs_that_its_awaiter_was_cancelled_for_while_it_depends_on_it() {
    explore(|_| {
        let p = invoke!(|| {
            let (done, resolver) = promise();
            let callee = invoke!(move || resolver.resolve(()));
            let _keeps = callee.clone();
            let _cleanup = Cleanup(Some(done));
            callee.wait();
        });
        let canceller = cancels(&p);
        let _ = p.outcome();
        canceller.join().unwrap();
    });
}

#[test]
fn an_execution_cancels_itself_beside_another_cancel() {
    explore(|_| {
        let ((me, hand), (gate, _resolver)) = (promise::<Promise<()>>(), promise::<()>());
        let p = invoke!(move || {
            me.wait().cancel();
            gate.wait();
        });
        hand.resolve(p.clone());
        let canceller = cancels(&p);
        assert_cancelled(p);
        canceller.join().unwrap();
    });
}

/// Invariant: of a cancel and the drop of a resolver one completes the promise.
#[test]
fn of_a_cancel_and_the_drop_of_a_resolver_one_wins() {
    explore(|event_loop| {
        let (p, resolver) = promise::<u32>();
        let drops = thread::spawn(move || drop(resolver));
        let met = p.cancel();
        let expected = match met {
            Cancellation::Done => FailureKind::Cancelled,
            _ => FailureKind::Abandoned,
        };
        assert_eq!(kind(p.outcome()), expected, "{met:?}");
        drops.join().unwrap();
        assert!(event_loop.snapshot().promises.is_empty());
    });
}

/// Invariant: a `then` that is cancelled while its function is invoked cancels that too.
#[test]
fn a_cancel_follows_a_then_to_what_it_invokes() {
    explore(|_| {
        let ((gate, _resolver), (guard, dropped)) = (promise::<()>(), guard());
        let (p, resolver) = promise();
        let then = p.then(move |()| {
            let _guard = guard;
            gate.wait();
        });
        let resolves = thread::spawn(move || resolver.resolve(()));
        then.cancel();
        dropped.wait();
        resolves.join().unwrap();
        assert_cancelled(then);
    });
}
