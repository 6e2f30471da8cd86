//! Runs of a durable function under an engine that is a script, to be looked at.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use async_mech::durable::{self, Call, Failed, Interrupted, Kind, Session, Settled};
use async_mech::trace::Trace;
use async_mech::{EventLoop, invocable, invoke};
use tests::until_no_promises;

/// The id of the root.
pub const ROOT: &str = "order-7";

/// Buys so many: what each view is to show of it is in the tests.
#[invocable(durable)]
pub fn checkout(items: u64) -> u64 {
    let total = invoke!(price(items));
    let paid = invoke!(charge(items));
    let mail = invoke!(mail(items));
    // Nobody awaits it.
    drop(invoke!(audit(items)));
    let points = invoke!(points(items));
    let total = total.await;
    let paid = paid.await;
    let mailed = mail.outcome().is_ok();
    total + paid + points.await + u64::from(mailed)
}

/// The engine has this process run it.
#[invocable(durable)]
pub fn price(items: u64) -> u64 {
    10 * items
}

/// Runs elsewhere.
#[invocable(durable)]
pub fn charge(items: u64) -> u64 {
    items
}

/// Runs elsewhere, and fails there.
#[invocable(durable)]
pub fn mail(items: u64) -> u64 {
    items
}

/// Runs elsewhere, and nobody asks what came of it.
#[invocable(durable)]
pub fn audit(items: u64) -> u64 {
    items
}

/// Charges for one after the other.
#[invocable(durable)]
pub fn bulk(orders: u64) -> u64 {
    (0..orders).map(|order| invoke!(charge(order)).await).sum()
}

/// Not durable: runs here.
#[invocable]
pub fn points(items: u64) -> u64 {
    items / 2
}

/// The engine: it runs `price` here, and answers for the others.
#[derive(Default)]
struct Script {
    here: Mutex<HashMap<String, Receiver<Settled>>>,
    functions: Mutex<HashMap<String, String>>,
    /// Whether it takes time to answer.
    slow: bool,
    /// Says that `charge` is awaited, and is told when it is to be answered.
    charge: Option<(Sender<()>, Mutex<Receiver<()>>)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session for Script {
    fn invoke(&self, call: Call) -> Result<(), Interrupted> {
        let Call { id, function, args, .. } = call;
        if function == "price" {
            let (sender, receiver) = channel();
            locked(&self.here).insert(id.clone(), receiver);
            let function = durable::function(&function).ok_or(Interrupted)?;
            let script = Arc::new(Script::default());
            function.start(&id, args, script, move |settled| drop(sender.send(settled)));
        } else {
            locked(&self.functions).insert(id, function);
        }
        Ok(())
    }

    fn wait(&self, id: &str) -> Result<Settled, Interrupted> {
        if let Some(receiver) = locked(&self.here).remove(id) {
            return receiver.recv().map_err(|_| Interrupted);
        }
        if self.slow {
            // So that there is something to see of it.
            thread::sleep(Duration::from_millis(2));
        }
        match locked(&self.functions).get(id).map(String::as_str) {
            Some("charge") => {
                if let Some((awaited, answer)) = &self.charge {
                    let _ = awaited.send(());
                    let _ = locked(answer).recv();
                }
                Ok(Ok(b"1042".to_vec()))
            }
            _ => Ok(Err(Failed::new(Kind::Panicked, "mail", "no such <address> & \"name\""))),
        }
    }

    fn select(&self, _: &[String]) -> Result<usize, Interrupted> {
        Err(Interrupted)
    }

    fn cancel(&self, _: &str) {}
}

/// Recordings are of the whole process: of this run alone, as long as this is held.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = locked(&ALONE);
    until_no_promises(EventLoop::global());
    alone
}

fn start(id: &str, charge: Option<(Sender<()>, Mutex<Receiver<()>>)>) -> Receiver<Settled> {
    let (sender, ended) = channel();
    let script = Script { slow: true, charge, ..Script::default() };
    let checkout = durable::function("checkout").expect("it is annotated");
    checkout.start(id, b"[4]".to_vec(), Arc::new(script), move |settled| {
        drop(sender.send(settled));
    });
    ended
}

/// The run as a whole.
#[must_use]
pub fn whole() -> Trace {
    whole_as(ROOT)
}

/// The same, under another id.
#[must_use]
pub fn whole_as(id: &str) -> Trace {
    let _alone = alone();
    let run = || {
        let settled = start(id, None).recv().expect("it ends");
        until_no_promises(EventLoop::global());
        settled
    };
    let (settled, trace) = Trace::record(run);
    assert_eq!(settled, Ok(b"1084".to_vec()));
    trace
}

/// The run while the engine has not answered for `charge`.
#[must_use]
pub fn midst() -> Trace {
    let _alone = alone();
    let (awaited, is_awaited) = channel();
    let (answer, is_answered) = channel();
    let recording = Trace::start();
    let ended = start(ROOT, Some((awaited, Mutex::new(is_answered))));
    is_awaited.recv().expect("it gets there");
    let trace = recording.stop();
    let _ = answer.send(());
    assert!(ended.recv().expect("it ends").is_ok());
    trace
}

/// A run with so many on the engine.
#[must_use]
pub fn many(orders: u64) -> Trace {
    let _alone = alone();
    let bulk = durable::function("bulk").expect("it is annotated");
    let (sender, ended) = channel();
    let run = || {
        let args = format!("[{orders}]").into_bytes();
        bulk.start("bulk", args, Arc::new(Script::default()), move |settled| {
            drop(sender.send(settled));
        });
        ended.recv().expect("it ends")
    };
    let (settled, trace) = Trace::record(run);
    assert_eq!(settled, Ok((1042 * orders).to_string().into_bytes()));
    trace
}

/// A run in which nothing is durable.
#[must_use]
pub fn local() -> Trace {
    let _alone = alone();
    Trace::record(|| invoke!(points(4)).wait()).1
}
