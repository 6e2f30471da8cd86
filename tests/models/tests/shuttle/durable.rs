//! Durable executions that are taken away while they invoke, await and cancel: no one hangs, and the
//! engine is not told to cancel what only this process gives up.
//!
//! Bodies run on the loop of the model: the global one would outlive it. An engine here is a table of
//! what is settled; who waits for it blocks in a condition variable, as adapters do.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use async_mech::durable::{Call, Interrupted, Session, Settled, function};
use async_mech::{Canceller, EventLoop, Promise, invocable, invoke};
use shuttle::sync::mpsc::{Receiver, channel};
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use shuttle::thread;

fn explore(most: Option<usize>, model: fn(&EventLoop)) {
    models::explore(8_000, 1_000, move || models::in_loop(true, most, model));
}

#[derive(Default)]
struct State {
    /// By the number that the function was given.
    settled: BTreeMap<String, Settled>,
    gone: bool,
    told_to_cancel: Vec<String>,
    /// Calls made after one was answered with `Interrupted`.
    late: usize,
    interrupted: bool,
}

/// An engine that runs `leaf` somewhere else: when somebody says so.
#[derive(Default)]
struct Fake {
    state: Mutex<State>,
    changed: Condvar,
    /// Whether it runs `leaf` in this process, as soon as it is invoked.
    here: bool,
}

impl Fake {
    fn change(&self, f: impl FnOnce(&mut State)) {
        f(&mut self.lock());
        self.changed.notify_all();
    }

    /// The promise with that id is settled with this value.
    fn settle(&self, id: &str, value: u64) {
        self.change(|state| {
            state.settled.insert(id.to_owned(), Ok(value.to_string().into_bytes()));
        });
    }

    /// The execution is not this process's any more.
    fn take_away(&self) {
        self.change(|state| state.gone = true);
    }

    /// Waits for an answer, as long as the execution is here.
    fn until<R>(&self, answer: impl Fn(&State) -> Option<R>) -> Result<R, Interrupted> {
        let mut state = self.enter();
        loop {
            if state.gone {
                state.interrupted = true;
                return Err(Interrupted);
            }
            if let Some(answer) = answer(&state) {
                return Ok(answer);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A body that unwinds seems to poison it: all threads of a model are one to `std`.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.late += usize::from(state.interrupted);
        state
    }
}

/// A session, and the engine it belongs to.
struct Run(Arc<Fake>);

impl Session for Run {
    fn invoke(&self, call: Call) -> Result<(), Interrupted> {
        self.0.until(|_| Some(()))?;
        if self.0.here {
            let fake = Arc::clone(&self.0);
            invoke!(move || fake.settle(&call.id, 1)).detach();
        }
        Ok(())
    }

    fn wait(&self, id: &str) -> Result<Settled, Interrupted> {
        self.0.until(|state| state.settled.get(id).cloned())
    }

    fn select(&self, ids: &[String]) -> Result<usize, Interrupted> {
        self.0.until(|state| ids.iter().position(|id| state.settled.contains_key(id)))
    }

    fn cancel(&self, id: &str) {
        self.0.enter().told_to_cancel.push(id.to_owned());
    }
}

/// Never runs in this process.
#[invocable(durable)]
fn leaf(n: u64) -> u64 {
    n
}

#[invocable(durable)]
fn sum() -> u64 {
    let leaves = [invoke!(leaf(1)), invoke!(leaf(2))];
    Promise::all(leaves).wait().into_iter().sum()
}

#[invocable(durable)]
fn first() -> u64 {
    Promise::race([invoke!(leaf(1)), invoke!(leaf(2))]).wait()
}

#[invocable(durable)]
fn one() -> u64 {
    invoke!(leaf(1)).wait()
}

/// Asks for more when the execution is over.
struct Asks;

impl Drop for Asks {
    fn drop(&mut self) {
        let _ = invoke!(leaf(3)).outcome();
    }
}

/// Cancels one of its invocations.
#[invocable(durable)]
fn careless() -> u64 {
    let _asks = Asks;
    let unwanted = invoke!(leaf(2));
    let wanted = invoke!(leaf(1)).wait();
    unwanted.cancel();
    wanted
}

/// Starts the function as the execution `x`.
fn start(fake: &Arc<Fake>, name: &str) -> (Canceller, Receiver<Settled>) {
    let (done, ends) = channel();
    let function = function(name).expect("it is annotated");
    let session = Arc::new(Run(Arc::clone(fake)));
    let ended = move |settled| drop(done.send(settled));
    (function.start("x", b"[]".to_vec(), session, ended), ends)
}

/// What an adapter does when the engine takes the execution away: in this order or the other.
fn take_away(fake: &Arc<Fake>, canceller: Canceller, first: bool) -> thread::JoinHandle<()> {
    let fake = Arc::clone(fake);
    thread::spawn(move || {
        if first {
            fake.take_away();
        }
        canceller.cancel();
        fake.take_away();
    })
}

/// Settles both leaves, the second one first.
fn settles(fake: &Arc<Fake>) -> thread::JoinHandle<()> {
    let fake = Arc::clone(fake);
    thread::spawn(move || {
        fake.settle("x.1", 2);
        fake.settle("x.0", 1);
    })
}

/// Invariant: a body that awaits an engine ends when that has the answer.
#[test]
fn a_body_is_given_what_the_engine_settles() {
    explore(None, |_| {
        for (name, value) in [("sum", "3"), ("first", "2")] {
            let fake = Arc::new(Fake::default());
            let (_, ends) = start(&fake, name);
            if name == "sum" {
                settles(&fake).join().unwrap();
            } else {
                fake.settle("x.1", 2);
            }
            assert_eq!(ends.recv().unwrap().unwrap(), value.as_bytes());
        }
    });
}

/// Invariant: a body that is taken away while it invokes or awaits ends, and the engine is told to
/// cancel nothing: what it awaits runs on there.
#[test]
fn a_body_taken_away_tells_the_engine_nothing() {
    explore(None, |_| {
        for (name, first) in [("sum", true), ("sum", false), ("first", false)] {
            let fake = Arc::new(Fake::default());
            let (canceller, ends) = start(&fake, name);
            let settles = settles(&fake);
            let takes = take_away(&fake, canceller, first);
            let settled = ends.recv().unwrap();
            takes.join().unwrap();
            settles.join().unwrap();
            let state = fake.lock();
            assert!(state.told_to_cancel.is_empty(), "{:?}, {settled:?}", state.told_to_cancel);
        }
    });
}

/// Invariant: once a call was answered with `Interrupted` the session hears nothing more, whatever
/// destructors do; and of two promises the engine hears of the cancelled one alone.
#[test]
fn nothing_is_asked_once_a_call_was_interrupted() {
    explore(None, |_| {
        let fake = Arc::new(Fake::default());
        let (canceller, ends) = start(&fake, "careless");
        let settles = settles(&fake);
        let takes = take_away(&fake, canceller, true);
        let _ = ends.recv().unwrap();
        takes.join().unwrap();
        settles.join().unwrap();
        let state = fake.lock();
        assert_eq!(state.late, 0, "asked after it was told so");
        assert!(state.told_to_cancel.iter().all(|id| id == "x.0"), "{:?}", state.told_to_cancel);
    });
}

/// Invariant: a thread that waits for an engine counts as suspended, and looks at the queues: at a
/// ceiling what the engine waits for is run all the same.
#[test]
fn a_thread_that_waits_for_an_engine_is_suspended() {
    explore(Some(1), |_| {
        let fake = Arc::new(Fake { here: true, ..Fake::default() });
        let (_, ends) = start(&fake, "one");
        assert_eq!(ends.recv().unwrap().unwrap(), b"1");
    });
}
