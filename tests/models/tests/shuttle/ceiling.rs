//! At a thread ceiling: whoever is told to run what is queued does, or passes it on.
//!
//! An execution in which everybody waits is a deadlock to shuttle, and fails the model. Bodies here
//! wait for each other outside async-mech too, but never for what only their own thread could run.

use std::time::Duration;

use async_mech::{EventLoop, invoke, promise};
use shuttle::sync::mpsc::{Receiver, channel};
use shuttle::thread;

fn explore(model: fn()) {
    models::explore(8_000, 2_000, model);
}

fn at_ceiling(lend: bool, most: usize, model: impl FnOnce(&EventLoop)) {
    models::in_loop(lend, Some(most), model);
}

/// Blocks in its destructor, outside async-mech.
struct Blocks(Receiver<()>);

impl Drop for Blocks {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

/// Invariant: a refused call finds an awaiter of a queued callee, although the first of these callees
/// has none any more.
#[test]
fn another_awaiter_is_told_when_the_first_one_has_been_cancelled() {
    explore(|| {
        at_ceiling(false, 2, |event_loop| {
            let (runs, has_run) = channel();
            let (done, resolver) = promise();
            let first = event_loop.invoke(move || {
                let _blocks = Blocks(has_run);
                let callee = invoke!(|| ());
                // Shared, so that it stays queued when its awaiter is cancelled.
                async_mech::wait(&callee);
            });
            let second = event_loop.invoke(move || {
                let callee = invoke!(move || runs.send(()).unwrap_or(()));
                callee.wait();
                resolver.resolve(());
            });
            second.detach();
            let canceller = first.canceller();
            first.detach();
            let cancels = thread::spawn(move || canceller.cancel());
            done.wait();
            cancels.join().unwrap();
        });
    });
}

/// Invariant: who is told to run a callee, and goes on since that was cancelled, sees to it that
/// what it was told for is run.
#[test]
fn who_is_told_and_goes_on_passes_it_on() {
    explore(|| {
        at_ceiling(false, 1, |event_loop| {
            let (sends, received) = channel();
            let (p, resolver) = promise();
            let body = move || {
                p.wait();
                sends.send(()).unwrap();
            };
            event_loop.invoke(body).detach();
            let callee = event_loop.invoke(|| ());
            let canceller = callee.canceller();
            let cancels = thread::spawn(move || canceller.cancel());
            let inside = event_loop.clone();
            let invokes = move || inside.invoke(move || resolver.resolve(())).detach();
            let invokes = thread::spawn(invokes);
            let _ = callee.outcome();
            // It waits outside async-mech now, and looks at no queue.
            received.recv().unwrap();
            cancels.join().unwrap();
            invokes.join().unwrap();
        });
    });
}

/// Invariant: who is parked for a queued callee is told to run it, though the call for that callee was
/// refused before.
#[test]
fn a_root_execution_runs_what_it_awaits_while_the_only_thread_is_busy() {
    explore(|| {
        at_ceiling(false, 1, |event_loop| {
            let (sends, received) = channel();
            event_loop.invoke(move || received.recv().unwrap()).detach();
            event_loop.invoke(move || sends.send(()).unwrap()).wait();
        });
    });
}

/// Invariant: a thread that ends looks at the queues when its place is free, and a refused call looks
/// for a free place when it is not counted as searching any more.
#[test]
fn a_thread_that_ends_and_a_refused_call_do_not_miss_each_other() {
    explore(|| {
        let other = EventLoop::builder().build();
        let event_loop = EventLoop::builder().max_threads(1).keep_alive(Duration::ZERO).build();
        for n in 0..3 {
            // Of another loop, so that who awaits it looks at no queue of this one.
            let (p, resolver) = other.run(promise);
            event_loop.invoke(move || resolver.resolve(n)).detach();
            assert_eq!(other.run(|| p.wait()), n);
        }
    });
}
