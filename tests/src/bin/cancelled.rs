//! Cancels in many ways, and nobody looks at most of the failures; `tests/cancel.rs` sees to it
//! that none of that prints anything.

use std::sync::mpsc::channel;
use std::time::Duration;

use async_mech::{EventLoop, FailureKind, Promise, checkpoint, invoke, promise, scope, sleep};

#[async_mech::main]
fn main() {
    let looks = |p: Promise<()>| {
        p.cancel();
        assert_eq!(p.outcome().unwrap_err().kind(), FailureKind::Cancelled);
    };
    looks(invoke!(|| sleep(Duration::MAX)));
    looks(invoke!(|| {
        loop {
            checkpoint();
        }
    }));
    looks(promise().0);
    // Nobody looks from here on.
    let (gate, resolver) = promise::<()>();
    let bodies: [Box<dyn FnOnce() + Send>; 5] = [
        Box::new(|| sleep(Duration::MAX)),
        Box::new(|| invoke!(|| sleep(Duration::MAX)).wait()),
        Box::new(move || gate.wait()),
        Box::new(|| drop(Promise::all([invoke!(|| sleep(Duration::MAX)), invoke!(|| ())]).wait())),
        Box::new(|| scope(|s| s.invoke(|| sleep(Duration::MAX)).detach())),
    ];
    let (ended, ends) = channel::<()>();
    for body in bodies {
        let (ended, (begun, begins)) = (ended.clone(), channel());
        let p = invoke!(move || {
            let _ended = ended;
            begun.send(()).unwrap();
            body();
        });
        begins.recv().unwrap();
        p.cancel();
    }
    drop(ended);
    assert!(ends.recv().is_err());
    drop(resolver);
    let (p, resolver) = promise::<()>();
    p.cancel();
    drop(p);
    resolver.fail(std::fmt::Error);
    let (p, resolver) = promise::<()>();
    drop(p.clone().receiver());
    p.cancel();
    drop((p, resolver));
    let (p, resolver) = promise::<()>();
    let then = p.then(|()| ());
    then.cancel();
    drop((then, resolver));
    // Executions count until their threads are done with them.
    while EventLoop::global().snapshot().promises.values().count() > 0 {
        std::thread::yield_now();
    }
    println!("main returns");
}
