//! The article's event loop ported word for word: a loop thread, and a channel to it.
//!
//! Read it beside the article, not as advice. What it lacks, and async-mech has:
//! - a callee that panics never returns, so whoever awaits it hangs, and nobody is told;
//! - awaiting an unknown promise kills the loop, and every execution with it;
//! - completed promises are never freed: nobody knows who may still await them;
//! - promises have no type of their own: all values are of the one type `Value`;
//! - each invoke, await and return is a round trip to the one loop thread;
//! - each invocation starts a thread, and if the system refuses one, the loop panics.

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::collections::HashMap;
use std::sync::LazyLock;
use std::thread::{self, ThreadId};

/// Identifies an execution and the promise that represents it: an Elixir process is a thread.
pub type Pid = ThreadId;
/// What each function returns.
pub type Value = u64;
/// A function to invoke, its arguments included.
pub type Func = Box<dyn FnOnce() -> Value + Send>;

/// The library's first function: invokes a function and returns its promise.
pub fn invoke(func: impl FnOnce() -> Value + Send + 'static) -> Pid {
    call(|from| Call::Invoke(Box::new(func), from))
}

/// The library's second: awaits a promise and returns its value, and may block the caller.
pub fn await_(promise: Pid) -> Value {
    call(|from| Call::Await(promise, from))
}

/// `GenServer.call`: sends a request to the event loop and blocks until it replies.
fn call<R>(request: impl FnOnce(Sender<R>) -> Call) -> R {
    let (from, reply) = bounded(1);
    EVENT_LOOP.send(request(from)).expect("the event loop runs");
    reply.recv().expect("the event loop replies")
}

/// A request, and where to reply to the caller, at once or later.
enum Call {
    Invoke(Func, Sender<Pid>),
    Await(Pid, Sender<Value>),
    Return(Pid, Value, Sender<()>),
}

enum Status {
    Pending,
    Completed(Value),
}

/// The state of the event loop: the promises, and who awaits them.
#[derive(Default)]
struct State {
    promises: HashMap<Pid, Status>,
    awaiters: HashMap<Pid, Vec<Sender<Value>>>,
}

/// The way to the event loop, which starts when first called (`start_link`).
static EVENT_LOOP: LazyLock<Sender<Call>> = LazyLock::new(|| {
    let (calls, inbox) = unbounded();
    thread::spawn(move || State::default().run(inbox));
    calls
});

/// The behaviour of the event loop: three methods are all we need.
impl State {
    fn run(mut self, inbox: Receiver<Call>) {
        for call in inbox {
            match call {
                Call::Invoke(func, from) => self.invoke(func, from),
                Call::Await(promise, from) => self.await_(promise, from),
                Call::Return(callee, result, from) => self.return_(callee, result, from),
            }
        }
    }

    fn invoke(&mut self, func: Func, from: Sender<Pid>) {
        let process = thread::spawn(move || {
            let (callee, result) = (thread::current().id(), func());
            call(|from| Call::Return(callee, result, from));
        });
        // Here, the thread's id is the promise's id as well.
        let callee = process.thread().id();
        self.promises.insert(callee, Status::Pending);
        let _ = from.send(callee);
    }

    fn await_(&mut self, promise: Pid, from: Sender<Value>) {
        // The central if statement.
        match self.promises[&promise] {
            // Promise pending: defer the reply, which suspends the caller.
            Status::Pending => self.awaiters.entry(promise).or_default().push(from),
            // Promise completed: reply at once.
            Status::Completed(result) => drop(from.send(result)),
        }
    }

    fn return_(&mut self, callee: Pid, result: Value, from: Sender<()>) {
        for awaiter in self.awaiters.remove(&callee).unwrap_or_default() {
            let _ = awaiter.send(result);
        }
        self.promises.insert(callee, Status::Completed(result));
        let _ = from.send(());
    }
}

fn main() {
    println!("{:?}", thread::current().id());
    let outer = invoke(|| {
        println!("{:?}", thread::current().id());
        let inner = invoke(|| {
            println!("{:?}", thread::current().id());
            42
        });
        2 * await_(inner)
    });
    println!("{}", await_(outer));
}
